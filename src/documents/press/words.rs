//! Words as they can be printed. What somebody wrote is data to a template and never markup; what no font has is written out by its number.

use std::fmt::Write;

use serde_json::Value;

/// A run without a break that is longer than this may be broken anywhere, so that it stays on the page.
const UNBROKEN_MAX: usize = 40;
/// Where such a run may be broken: after so many characters.
const PIECE: usize = 16;
/// May be broken here, without a sign.
const BREAK: char = '\u{200B}';

/// Makes every text of a value fit to print. `has` says whether a font has a character.
pub fn printable(value: Value, has: &impl Fn(char) -> bool) -> Value {
    match value {
        Value::String(text) => Value::String(text_of(&text, has)),
        Value::Array(items) => Value::Array(items.into_iter().map(|item| printable(item, has)).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, field)| (name, printable(field, has))).collect()),
        other => other,
    }
}

fn text_of(text: &str, has: &impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\t' | ' ' => {
                flush(&mut run, &mut out);
                out.push(c);
            }
            '\r' => run.push(' '),
            c if is_unseen(c) => run.extend(has(c).then_some(c)),
            c if !is_plain(c) || !has(c) => {
                // A string takes every character.
                let _ = write!(run, "[U+{:04X}]", u32::from(c));
            }
            c => run.push(c),
        }
    }
    flush(&mut run, &mut out);
    out
}

fn flush(run: &mut String, out: &mut String) {
    let is_hash = run.len() == 64 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash || run.chars().nth(UNBROKEN_MAX).is_none() {
        out.push_str(run);
    } else {
        for (at, c) in run.chars().enumerate() {
            if at > 0 && at % PIECE == 0 {
                out.push(BREAK);
            }
            out.push(c);
        }
    }
    run.clear();
}

/// What joins or parts its neighbours and shows nothing itself.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}')
}

/// Neither a control, nor a turn of the writing's direction, which could show figures in another order, nor what means something else in each font.
fn is_plain(c: char) -> bool {
    let is_turn = matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}');
    let is_private = matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}');
    !(c.is_control()
        || is_turn
        || is_private
        || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}' | '\u{E0000}'..='\u{E0FFF}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn latin(c: char) -> bool {
        u32::from(c) < 0x250 || c == BREAK
    }

    #[test]
    fn what_no_font_has_is_written_out() {
        let text = |text: &str| text_of(text, &latin);
        assert_eq!(text("Tŷ Gŵyl, £5\r\n#import *x* $a$"), "Tŷ Gŵyl, £5\n#import *x* $a$");
        assert_eq!(text("🎉 \u{E000} \u{202E}1 \0"), "[U+1F389] [U+E000] [U+202E]1 [U+0000]");
        assert_eq!(text("❤\u{FE0F}"), "[U+2764]");
    }

    #[test]
    fn a_long_run_may_be_broken_and_a_hash_is_left_whole() {
        let text = |text: &str| text_of(text, &latin);
        assert_eq!(text(&"a".repeat(40)), "a".repeat(40));
        assert_eq!(text(&"a".repeat(41)).matches(BREAK).count(), 2);
        assert_eq!(text(&"0f".repeat(32)), "0f".repeat(32));
        let value = printable(json!({ "a": ["🎉", 1, null, { "b": "c" }] }), &latin);
        assert_eq!(value, json!({ "a": ["[U+1F389]", 1, null, { "b": "c" }] }));
    }
}
