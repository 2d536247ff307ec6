//! The paper of a return over HTTP.

use crate::access::permissions::can;
use crate::documents::Template;
use crate::http::{Api, Ask, Pdf};
use crate::kernel::{Id, Refusal};
use crate::returns::paper::sheet;

async fn pdf(call: Ask<can::ReturnsRead, Id>) -> Result<Pdf, Refusal> {
    let service = std::sync::Arc::clone(&call.service);
    let sheet = call.ask(|conn, input| sheet::of(conn, input.caller.scope(), input.path)).await?;
    let bytes = service.press.print(Template::Return, &sheet).await?;
    Ok(Pdf { version: sheet.version, file_name: format!("Return {}.pdf", sheet.foot), bytes })
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/pdf", "returns_pdf", "Print a return as PDF: as it was accepted, or as a draft", pdf);
}
