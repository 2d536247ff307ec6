//! The paper of a return over HTTP.

use crate::access::permissions::can;
use crate::documents::Template;
use crate::documents::papers::acts as papers;
use crate::http::{Api, Ask, Pdf};
use crate::kernel::{Id, Refusal};
use crate::returns::paper::sheet;

async fn pdf(call: Ask<can::ReturnsRead, Id>) -> Result<Pdf, Refusal> {
    let service = std::sync::Arc::clone(&call.service);
    let mut sheet = call.ask(|conn, input| sheet::of(conn, input.caller.scope(), input.path)).await?;
    let bytes = match sheet.papers.take().filter(|kept| *kept != service.press.set_of(Template::Return).sha256) {
        Some(kept) => {
            let set = service.db.read(move |conn| papers::find(conn, &kept)).await?;
            service.press.print_as(set, Template::Return, &sheet).await?
        }
        None => service.press.print(Template::Return, &sheet).await?,
    };
    Ok(Pdf { version: sheet.version, file_name: format!("Return {}.pdf", sheet.foot), bytes })
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get("/v1/returns/{id}/pdf", "returns_pdf", "Print a return as PDF: as it was accepted, or as a draft", pdf);
}
