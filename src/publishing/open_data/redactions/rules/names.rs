//! Names and numbers that stand in no text, found however they are spelt: in capitals or not, with whichever apostrophe, accent, dash, sign or blank between the words. Pure.

use std::collections::HashSet;
use std::ops::Range;

use crate::publishing::open_data::redactions::rules::MARK;

/// What stands in no text, word by word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    sought: HashSet<String>,
    /// Bytes of the longest.
    longest: usize,
}

impl Names {
    /// Adds a name or a number. What has neither letters nor digits is nowhere to be found.
    pub fn add(&mut self, name: &str) {
        let mut key = String::new();
        for (at, word) in words(name).iter().enumerate() {
            word.join(&mut key, at == 0);
        }
        if !key.is_empty() {
            self.longest = self.longest.max(key.len());
            self.sought.insert(key);
        }
    }

    /// These and others.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self { sought: self.sought.union(&other.sought).cloned().collect(), longest: self.longest.max(other.longest) }
    }

    /// A text with the mark in each place where one stands as words of its own. What overlaps becomes one mark.
    #[must_use]
    pub fn taken_out_of(&self, text: &str) -> String {
        let mut places: Vec<Range<usize>> = Vec::new();
        if !self.sought.is_empty() {
            let words = words(text);
            for (at, word) in words.iter().enumerate() {
                let Some(end) = self.end_of_longest(words.get(at..).unwrap_or_default()) else { continue };
                match places.last_mut() {
                    Some(last) if word.place.start < last.end => last.end = last.end.max(end),
                    _ => places.push(word.place.start..end),
                }
            }
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = 0;
        for place in places {
            out.push_str(text.get(rest..place.start).unwrap_or_default());
            out.push_str(MARK);
            rest = place.end;
        }
        out.push_str(text.get(rest..).unwrap_or_default());
        out
    }

    /// Where the longest that begins with the first of these words ends.
    fn end_of_longest(&self, words: &[Word]) -> Option<usize> {
        let (mut key, mut found) = (String::new(), None);
        for (at, word) in words.iter().enumerate() {
            word.join(&mut key, at == 0);
            if key.len() > self.longest {
                break;
            }
            if self.sought.contains(&key) {
                found = Some(word.place.end);
            }
        }
        found
    }
}

/// A word of a text.
struct Word {
    /// In lower case, without accents.
    folded: String,
    place: Range<usize>,
    /// Whether an apostrophe alone stands before it: `women's` and `womens` are the same.
    is_joined: bool,
}

impl Word {
    fn join(&self, key: &mut String, is_first: bool) {
        if !is_first && !self.is_joined {
            key.push(' ');
        }
        key.push_str(&self.folded);
    }
}

/// The words of a text. `&` is the word *and*.
fn words(text: &str) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let (mut between, mut is_open) = (String::new(), false);
    for (at, sign) in text.char_indices() {
        if is_unseen(sign) {
            continue;
        }
        let end = at + sign.len_utf8();
        if sign.is_alphanumeric() && !is_apostrophe(sign) {
            match all.last_mut().filter(|_| is_open) {
                Some(word) => {
                    word.place.end = end;
                    folded(sign, &mut word.folded);
                }
                None => {
                    let mut word = Word { folded: String::new(), place: at..end, is_joined: is_single_apostrophe(&between) };
                    folded(sign, &mut word.folded);
                    all.push(word);
                }
            }
            between.clear();
            is_open = true;
        } else {
            is_open = false;
            between.push(sign);
            if sign == '&' {
                all.push(Word { folded: "and".to_owned(), place: at..end, is_joined: false });
            }
        }
    }
    all
}

fn is_single_apostrophe(between: &str) -> bool {
    let mut signs = between.chars();
    signs.next().is_some_and(is_apostrophe) && signs.next().is_none()
}

/// Some of these count as letters elsewhere.
const fn is_apostrophe(sign: char) -> bool {
    matches!(
        sign,
        '\'' | '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bb}' | '\u{2bc}' | '\u{2b9}' | '\u{2032}' | '\u{ff07}' | '`' | '\u{b4}'
    )
}

/// Signs that nobody sees between letters, and accents that stand behind their letter.
const fn is_unseen(sign: char) -> bool {
    matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{300}'..='\u{36f}')
}

/// A letter in lower case and without its accent. Through capitals, so that `ß` and `SS` are the same.
fn folded(sign: char, out: &mut String) {
    for low in sign.to_uppercase().flat_map(char::to_lowercase) {
        match low {
            'à'..='å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' | 'ċ' => out.push('c'),
            'ď' | 'đ' => out.push('d'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => out.push('e'),
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => out.push('g'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => out.push('i'),
            'ł' | 'ĺ' | 'ľ' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => out.push('o'),
            'ŕ' | 'ř' => out.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => out.push('s'),
            'ţ' | 'ť' | 'ț' => out.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => out.push('u'),
            'ŵ' => out.push('w'),
            'ý' | 'ÿ' | 'ŷ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            // An accent that its capital set apart.
            low if is_unseen(low) => {}
            low => out.push(low),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, names: &[&str]) -> String {
        let mut all = Names::default();
        for name in names {
            all.add(name);
        }
        all.taken_out_of(text)
    }

    #[test]
    fn a_name_is_taken_out_however_it_is_spelt() {
        assert_eq!(without("The Haven, with THE HAVEN’s café", &["the haven"]), "[redacted], with [redacted]’s café");
        for text in
            ["The Women's Haven", "the women’s haven", "The  Women`s\n\tHAVEN", "The Womens Haven", "The\u{a0}Women\u{2bc}s\u{200b} Haven"]
        {
            assert_eq!(without(&format!("At {text}."), &["The Women's Haven"]), "At [redacted].", "{text}");
            assert_eq!(without("At The Women’s Haven.", &[text]), "At [redacted].", "{text}");
        }
        for text in ["Élan", "ÉLAN", "élan", "E\u{301}lan", "Elan"] {
            assert_eq!(without(&format!("{text} vital at {text}"), &["Élan"]), "[redacted] vital at [redacted]", "{text}");
        }
        for text in ["Half-Way & Home", "half\u{2013}way and HOME", "Half Way&Home", "HALF\u{2011}WAY  & HOME"] {
            assert_eq!(without(text, &["Half-Way & Home"]), "[redacted]", "{text}");
        }
    }

    #[test]
    fn other_words_are_left_alone() {
        let text = "A reminder: mindful people, act and react, in transaction 21012345";
        assert_eq!(without(text, &["Mind", "1012345"]), text);
        assert_eq!(without("Mind sends a reminder, MIND.", &["Mind"]), "[redacted] sends a reminder, [redacted].");
        assert_eq!(without("It helps to get her a bed", &["Together"]), "It helps to get her a bed");
        assert_eq!(without("anything, & more", &[" ", "", "!?"]), "anything, & more");
        assert_eq!(without("no. 1012345, 1012345-2", &["1012345"]), "no. [redacted], [redacted]-2");
    }

    #[test]
    fn no_mark_is_sought_in_another() {
        assert_eq!(without("The Haven may act", &["Act", "The Haven", "redacted"]), "[redacted] may [redacted]");
        assert_eq!(without("Hope House Trust runs Hope House", &["Hope House", "House Trust"]), "[redacted] runs [redacted]");
        assert_eq!(without("The Haven of Hope", &["The Haven", "The Haven of Hope"]), "[redacted]");
    }
}
