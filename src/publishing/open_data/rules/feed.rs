//! Feeds (Atom, RFC 4287).

use std::fmt::Write;

use crate::kernel::Moment;

/// A feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// A name for it that never changes: its address, where the public reaches the service at one.
    pub id: String,
    /// Its address, where the public reaches the service at one.
    pub address: Option<String>,
    pub title: String,
    pub author: String,
    pub updated_at: Moment,
    pub entries: Vec<FeedEntry>,
}

/// What a feed tells of.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    /// A name for it that no other entry has: `urn:uuid:…`.
    pub id: String,
    pub title: String,
    pub updated_at: Moment,
    /// Plain text.
    pub content: String,
    /// Where there is more.
    pub link: Option<String>,
}

impl Feed {
    /// The feed as XML.
    #[must_use]
    pub fn xml(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
        let link =
            self.address.as_deref().map(|address| format!("<link rel=\"self\" href=\"{}\"/>\n", escaped(address))).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "<id>{}</id>\n<title>{}</title>\n<updated>{}</updated>\n<author><name>{}</name></author>\n{link}",
            escaped(&self.id),
            escaped(&self.title),
            self.updated_at,
            escaped(&self.author),
        );
        for entry in &self.entries {
            let link = entry.link.as_deref().map(|link| format!("<link href=\"{}\"/>", escaped(link))).unwrap_or_default();
            let _ = writeln!(
                out,
                "<entry><id>{}</id><title>{}</title><updated>{}</updated>{link}<content type=\"text\">{}</content></entry>",
                escaped(&entry.id),
                escaped(&entry.title),
                entry.updated_at,
                escaped(&entry.content),
            );
        }
        out.push_str("</feed>\n");
        out
    }
}

/// A text as it stands in XML, without what XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_written_becomes_a_tag() {
        assert_eq!(escaped("<b>\"Help\" & 'more'</b>\u{0}\u{8}\n]]>"), "&lt;b&gt;&quot;Help&quot; &amp; &#39;more&#39;&lt;/b&gt;\n]]&gt;");
        let updated_at = Moment::from_micros(0).unwrap();
        let entry = FeedEntry {
            id: "urn:uuid:1".to_owned(),
            title: "</title><script>".to_owned(),
            updated_at,
            content: "a & b".to_owned(),
            link: Some("https://opcc.example/?a=1&b=\"".to_owned()),
        };
        let feed = Feed {
            id: "urn:x:y".to_owned(),
            address: None,
            title: "T".to_owned(),
            author: "A".to_owned(),
            updated_at,
            entries: vec![entry],
        };
        let xml = feed.xml();
        assert!(xml.contains("<title>&lt;/title&gt;&lt;script&gt;</title>") && xml.contains("a &amp; b"), "{xml}");
        assert!(xml.contains("<link href=\"https://opcc.example/?a=1&amp;b=&quot;\"/>") && !xml.contains("<script>"), "{xml}");
    }
}
