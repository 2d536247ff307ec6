//! Letters over HTTP.

use std::sync::Arc;

use crate::access::permissions::can;
use crate::http::{Api, Ask, Pdf};
use crate::kernel::{Id, Refusal};
use crate::variations::letters::{OfVariations, acts, making};

async fn letter(call: Ask<can::VariationsRead, Id>) -> Result<Pdf, Refusal> {
    let service = Arc::clone(&call.service);
    let today = service.db.clock().today();
    let asked = call.ask(move |conn, input| acts::ask(conn, input.caller.scope(), input.path, today)).await?;
    making::pdf::<OfVariations>(&service.db, &service.press, &service.shelf, asked).await
}

/// Registers the operation.
pub fn mount(api: &mut Api) {
    api.get(
        "/v1/variations/{id}/letter",
        "variations_letter",
        "Print the letter of a variation as PDF: as it was issued, or as a draft",
        letter,
    );
}
