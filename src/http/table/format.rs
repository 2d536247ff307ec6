//! In which format an answer is written: the parameter `format` says it, or `Accept` does.

use crate::kernel::Refusal;

words! {
    /// How an answer is written.
    pub enum Format {
        /// JSON.
        Json = "json",
        /// CSV: the rows alone.
        Csv = "csv",
        /// An Excel workbook.
        Xlsx = "xlsx",
    }
}

impl Format {
    /// The media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The media type as a header names it.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json | Self::Xlsx => self.media(),
        }
    }

    /// The format asked for by parameter or, without one, the best that the caller accepts; of equals the first.
    ///
    /// # Errors
    /// [`Refusal::NotAcceptable`] where none of them is accepted.
    pub fn wanted(asked: Option<Self>, accept: &str) -> Result<Self, Refusal> {
        if let Some(asked) = asked {
            return Ok(asked);
        }
        if accept.trim().is_empty() {
            return Ok(Self::Json);
        }
        let mut best = (0, None);
        for format in Self::ALL {
            let weight = weight(accept, format.media());
            if weight > best.0 {
                best = (weight, Some(*format));
            }
        }
        best.1.ok_or(Refusal::NotAcceptable(
            "application/json, text/csv and application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ))
    }
}

/// How much `Accept` wants a media type, in thousandths; the most particular range that covers it decides.
fn weight(accept: &str, media: &str) -> u32 {
    let kind = media.split('/').next().unwrap_or_default();
    let mut best = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let particular = match name.split_once('/') {
            Some(_) if name == media => 3,
            Some((a, "*")) if a == kind => 2,
            Some(("*", "*")) => 1,
            _ => continue,
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, thousandths);
        if particular > best.0 {
            best = (particular, quality);
        }
    }
    best.1
}

/// `0.85` as 850, without floating point.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().take(3).collect();
    let fraction: u32 = format!("{digits:0<3}").parse().unwrap_or(0);
    if whole == "1" { 1000 } else { fraction.min(999) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameter_beats_the_header() {
        assert_eq!(Format::wanted(Some(Format::Csv), "application/json"), Ok(Format::Csv));
        assert_eq!(Format::wanted(None, ""), Ok(Format::Json));
        assert_eq!(Format::wanted(None, "*/*"), Ok(Format::Json));
    }

    #[test]
    fn the_header_is_weighed() {
        for (accept, format) in [
            ("text/csv", Format::Csv),
            ("text/csv;q=0.5, application/json;q=0.4", Format::Csv),
            ("text/*;q=0.1, application/json", Format::Json),
            ("application/json;q=0, */*;q=0.1", Format::Csv),
            ("application/*;q=0.2, application/json;q=0.1", Format::Xlsx),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Format::Xlsx),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Json),
        ] {
            assert_eq!(Format::wanted(None, accept), Ok(format), "{accept}");
        }
        assert!(Format::wanted(None, "application/xml").is_err());
        assert!(Format::wanted(None, "text/csv;q=0").is_err());
    }
}
