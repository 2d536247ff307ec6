//! What a form sends, with or without a file.

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::web::Payload;
use futures_util::StreamExt;

use crate::http::query::form_pairs;
use crate::kernel::{Fault, Refusal};

/// The largest form without its file, in bytes.
const FORM_MAX: usize = 65_536;
/// How much of a file that is too large is still taken in, so that the browser hears the answer instead of a broken connection.
const PASSED_OVER_MAX: usize = 64 * 1_048_576;

/// The fields of a form.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// What stands in a field; nothing where the form has no such field.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Which version of the return the page showed.
    pub(super) fn version(&self) -> Result<i32, Refusal> {
        self.get("version").parse().map_err(|_| Refusal::PreconditionRequired)
    }

    /// A text that must say something and has at most so many characters.
    pub(super) fn text(&self, name: &str, most: usize) -> Result<String, Refusal> {
        let text = self.get(name).trim();
        let place = format!("/{name}");
        if text.is_empty() {
            return Err(Refusal::invalid(&place, "required", "Type something into the field first."));
        }
        if text.chars().count() > most {
            return Err(Refusal::invalid(&place, "too_long", format!("This may have at most {most} characters.")));
        }
        Ok(text.to_owned())
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Refusal> {
        if value.contains('\0') {
            return Err(unreadable("A sign that cannot be kept stands in what you typed. Type it again."));
        }
        // Browsers end lines of a text as a network does.
        self.0.push((name, value.replace("\r\n", "\n")));
        Ok(())
    }
}

/// A file as it was chosen.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) fields: Fields,
    /// Empty where none was chosen.
    pub(super) file: Vec<u8>,
    /// Its name, as the browser says it.
    pub(super) file_name: String,
}

fn unreadable(message: &str) -> Refusal {
    Refusal::Unreadable(vec![Fault::new("", "invalid", message)])
}

fn cut_off() -> Refusal {
    unreadable("What you sent ended early. Send it again.")
}

/// The fields of a form without a file.
pub(super) async fn fields(mut payload: Payload) -> Result<Fields, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| cut_off())?;
        if bytes.len() + chunk.len() > FORM_MAX {
            return Err(Refusal::TooLarge(FORM_MAX));
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).map_err(|_| cut_off())?;
    let mut fields = Fields::default();
    for (name, value) in form_pairs(&text) {
        fields.add(name, value)?;
    }
    Ok(fields)
}

/// The fields and the file of a form, which has at most so many bytes.
pub(super) async fn sent(request: &HttpRequest, payload: Payload, file_max: usize) -> Result<Sent, Refusal> {
    let mut parts = Multipart::new(request.headers(), payload);
    let mut sent = Sent::default();
    let mut left = PASSED_OVER_MAX;
    let mut too_large = None;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| cut_off())?;
        let name = part.name().unwrap_or_default().to_owned();
        let limit = if name == "file" { file_max } else { FORM_MAX };
        let file_name = part.content_disposition().and_then(|said| said.get_filename()).map(str::to_owned);
        let Some(bytes) = take(&mut part, limit, &mut left).await? else {
            too_large = Some(limit);
            continue;
        };
        if name == "file" {
            sent.file = bytes;
            sent.file_name = file_name.unwrap_or_default();
        } else {
            sent.fields.add(name, String::from_utf8(bytes).map_err(|_| cut_off())?)?;
        }
    }
    too_large.map_or(Ok(sent), |limit| Err(Refusal::TooLarge(limit)))
}

/// What a part holds; nothing where that is more than `limit`.
async fn take(part: &mut Field, limit: usize, left: &mut usize) -> Result<Option<Vec<u8>>, Refusal> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|_| cut_off())?;
        *left = left.checked_sub(chunk.len()).ok_or(Refusal::TooLarge(limit))?;
        fits = fits && bytes.len() + chunk.len() <= limit;
        if fits {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(fits.then_some(bytes))
}
