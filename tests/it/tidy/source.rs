//! Reads Rust source just well enough to see names, paths, modules and functions. Comments and literals are not read.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A file of the project: its place from the root of the checkout, with forward slashes, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// One piece of Rust: a name, `::`, or a single sign.
#[derive(Clone)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// A path that a file names, with `self`, `super`, and what it imported under another name, worked out.
pub struct Seen {
    pub line: usize,
    /// From the root of the crate, or, for other crates, from the name of that crate.
    pub path: Vec<String>,
    pub ours: bool,
}

/// A function and where its body stands.
pub struct Function {
    pub name: String,
    pub line: usize,
    pub body_line: usize,
    pub end_line: usize,
    pub is_async: bool,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// `funds::tranches::store` for `src/funds/tranches/store.rs`; nothing for the roots of the crate.
    pub fn module(&self) -> Vec<String> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path).trim_end_matches(".rs");
        let mut parts: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            parts.pop();
        }
        parts
    }

    /// The folder or file right under `src/`.
    pub fn top(&self) -> String {
        self.module().first().cloned().unwrap_or_default()
    }

    /// Which of the rooms of a capability this file belongs to.
    pub fn room(&self) -> Option<String> {
        self.module().into_iter().skip(1).find(|part| super::ROOMS.contains(&part.as_str()))
    }

    pub fn tokens(&self) -> Vec<Token> {
        tokens(&self.text)
    }

    /// Every path named outside `#[cfg(test)]`.
    pub fn seen(&self) -> Vec<Seen> {
        let tokens = without_tests(&self.tokens());
        let raw = raw_paths(&tokens, &self.module());
        let imported: HashMap<&str, &RawPath> = raw.iter().filter_map(|path| path.bound_as.as_deref().map(|name| (name, path))).collect();
        raw.iter().map(|path| path.resolve(&imported)).collect()
    }
}

struct RawPath {
    line: usize,
    parts: Vec<String>,
    /// The module in which the path stands.
    module: Vec<String>,
    /// The name under which a `use` brings it in.
    bound_as: Option<String>,
}

impl RawPath {
    fn resolve(&self, imported: &HashMap<&str, &RawPath>) -> Seen {
        let first = self.parts.first().map(String::as_str).unwrap_or_default();
        let rest = self.parts.iter().skip(1).cloned();
        let (mut path, ours): (Vec<String>, bool) = match first {
            "crate" | "almoner" => (rest.collect(), true),
            "self" => (self.module.iter().cloned().chain(rest).collect(), true),
            "super" => {
                let ups = self.parts.iter().take_while(|part| *part == "super").count();
                let kept = self.module.len().saturating_sub(ups);
                let below = self.parts.iter().skip(ups).cloned();
                (self.module.iter().take(kept).cloned().chain(below).collect(), true)
            }
            _ => match imported.get(first).filter(|_| self.bound_as.is_none()) {
                Some(import) => {
                    let base = import.resolve(&HashMap::new());
                    (base.path.into_iter().chain(rest).collect(), base.ours)
                }
                None => (self.parts.clone(), self.module.is_empty() && super::on_the_map(first)),
            },
        };
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        Seen { line: self.line, path, ours }
    }
}

/// The names and signs of a piece of Rust, with their lines.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut out, mut i, mut line) = (Vec::new(), 0, 1);
    while i < chars.len() {
        let c = at(i);
        let end = match c {
            '/' if at(i + 1) == '/' => (i..chars.len()).find(|&j| at(j) == '\n').unwrap_or(chars.len()),
            '/' if at(i + 1) == '*' => block_comment_end(&chars, i),
            '"' => string_end(&chars, i),
            'r' | 'b' | 'c' if literal_start(&chars, i).is_some() => {
                literal_start(&chars, i).map_or(i + 1, |(quote, hashes)| raw_end(&chars, quote, hashes))
            }
            '\'' => quote_end(&chars, i),
            c if c.is_alphanumeric() || c == '_' => {
                (i..chars.len()).find(|&j| !(at(j).is_alphanumeric() || at(j) == '_')).unwrap_or(chars.len())
            }
            ':' if at(i + 1) == ':' => i + 2,
            _ => i + 1,
        };
        let piece: String = chars.iter().skip(i).take(end - i).collect();
        let is_name = c.is_alphanumeric() || c == '_';
        let is_sign = piece == "::" || (end == i + 1 && !c.is_whitespace() && !is_name);
        if (is_name && !piece.contains('"')) || is_sign {
            out.push(Token { text: piece.clone(), line });
        }
        line += piece.matches('\n').count();
        i = end;
    }
    out
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0_usize, start);
    while i < chars.len() {
        match (chars.get(i), chars.get(i + 1)) {
            (Some('/'), Some('*')) => (depth, i) = (depth + 1, i + 2),
            (Some('*'), Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i.min(chars.len())
}

fn string_end(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while let Some(c) = chars.get(i) {
        match c {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// Where the quote of `r"`, `r#"`, `br"`, `b"`, `c"` stands, and how many `#` close it (none: escapes count).
fn literal_start(chars: &[char], start: usize) -> Option<(usize, Option<usize>)> {
    let letters = chars.iter().skip(start).take(2).take_while(|c| ['r', 'b', 'c'].contains(c)).count();
    let is_raw = chars.iter().skip(start).take(letters).any(|c| *c == 'r');
    let hashes = chars.iter().skip(start + letters).take_while(|c| **c == '#').count();
    let quote = start + letters + hashes;
    let starts = chars.get(quote) == Some(&'"') && (is_raw || hashes == 0);
    starts.then_some((quote, is_raw.then_some(hashes)))
}

fn raw_end(chars: &[char], quote: usize, hashes: Option<usize>) -> usize {
    let Some(hashes) = hashes else { return string_end(chars, quote) };
    let closes = |i: usize| chars.get(i) == Some(&'"') && chars.iter().skip(i + 1).take_while(|c| **c == '#').count() >= hashes;
    (quote + 1..chars.len()).find(|&i| closes(i)).map_or(chars.len(), |i| i + 1 + hashes)
}

/// Past a character literal; for a lifetime only past its tick.
fn quote_end(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), _) => (start + 3..chars.len()).find(|&i| chars.get(i) == Some(&'\'')).map_or(chars.len(), |i| i + 1),
        (Some(_), Some('\'')) => start + 3,
        _ => start + 1,
    }
}

fn is(tokens: &[Token], i: usize, text: &str) -> bool {
    tokens.get(i).is_some_and(|token| token.text == text)
}

fn is_name(tokens: &[Token], i: usize) -> bool {
    tokens.get(i).is_some_and(|token| token.text.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

fn text(tokens: &[Token], i: usize) -> String {
    tokens.get(i).map(|token| token.text.clone()).unwrap_or_default()
}

/// The index after the block or statement that begins at `start`.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(start) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return i + 1;
                }
            }
            ";" if depth == 0 => return i + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The same tokens, less the items under `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let (mut out, mut i) = (Vec::new(), 0);
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    while let Some(token) = tokens.get(i) {
        if marker.iter().enumerate().all(|(k, sign)| is(tokens, i + k, sign)) {
            i = item_end(tokens, i + marker.len());
        } else {
            out.push(token.clone());
            i += 1;
        }
    }
    out
}

fn raw_paths(tokens: &[Token], module: &[String]) -> Vec<RawPath> {
    let (mut out, mut i, mut depth) = (Vec::new(), 0, 0_usize);
    let mut inside: Vec<(String, usize)> = Vec::new();
    while i < tokens.len() {
        let here: Vec<String> = module.iter().cloned().chain(inside.iter().map(|(name, _)| name.clone())).collect();
        let before = i.checked_sub(1).map(|k| text(tokens, k)).unwrap_or_default();
        if is(tokens, i, "mod") && is(tokens, i + 2, "{") {
            inside.push((text(tokens, i + 1), depth));
            i += 2;
        } else if is(tokens, i, "{") {
            depth += 1;
            i += 1;
        } else if is(tokens, i, "}") {
            depth = depth.saturating_sub(1);
            inside.retain(|(_, outer)| *outer < depth);
            i += 1;
        } else if is(tokens, i, "use") {
            let end = (i..tokens.len()).find(|&k| is(tokens, k, ";")).unwrap_or(tokens.len());
            let inner = tokens.get(i + 1..end).unwrap_or_default();
            for (line, parts, bound_as) in use_tree(inner, &[]) {
                out.push(RawPath { line, parts, module: here.clone(), bound_as });
            }
            i = end;
        } else if before == "[" && is(tokens, i, "diesel") && is(tokens, i + 1, "(") {
            out.push(RawPath { line: line(tokens, i), parts: vec!["diesel".to_owned()], module: here, bound_as: None });
            i += 1;
        } else if is_name(tokens, i) && before != "." && is(tokens, i + 1, "::") {
            let (start, mut parts) = (i, vec![text(tokens, i)]);
            while is(tokens, i + 1, "::") && is_name(tokens, i + 2) {
                parts.push(text(tokens, i + 2));
                i += 2;
            }
            out.push(RawPath { line: line(tokens, start), parts, module: here, bound_as: None });
            i += 1;
        } else {
            i += 1;
        }
    }
    out
}

fn line(tokens: &[Token], i: usize) -> usize {
    tokens.get(i).map_or(0, |token| token.line)
}

type Leaf = (usize, Vec<String>, Option<String>);

/// The leaves of `a::{b, c::{d as e, *}}`, each with the name that it brings in.
fn use_tree(tokens: &[Token], prefix: &[String]) -> Vec<Leaf> {
    let (mut out, mut parts, mut alias, mut i) = (Vec::new(), prefix.to_vec(), None, 0);
    let mut grouped = false;
    while i < tokens.len() {
        let word = text(tokens, i);
        match word.as_str() {
            "{" => {
                let end = item_end(tokens, i);
                out.extend(use_tree(tokens.get(i + 1..end - 1).unwrap_or_default(), &parts));
                (grouped, i) = (true, end);
                continue;
            }
            "," => {
                push_leaf(&mut out, line(tokens, i), &parts, prefix, alias.take(), grouped);
                (parts, grouped) = (prefix.to_vec(), false);
            }
            "as" => (alias, i) = (Some(text(tokens, i + 1)), i + 1),
            "::" => {}
            _ => parts.push(word),
        }
        i += 1;
    }
    push_leaf(&mut out, line(tokens, tokens.len().saturating_sub(1)), &parts, prefix, alias, grouped);
    out
}

fn push_leaf(out: &mut Vec<Leaf>, line: usize, parts: &[String], prefix: &[String], alias: Option<String>, grouped: bool) {
    if grouped || parts.len() == prefix.len() {
        return;
    }
    let own = parts.iter().rev().find(|part| *part != "self" && *part != "*").cloned();
    out.push((line, parts.to_vec(), alias.or(own)));
}

/// Every function with a body.
pub fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut out = Vec::new();
    for i in 0..tokens.len() {
        if !(is(tokens, i, "fn") && is_name(tokens, i + 1)) {
            continue;
        }
        let end = item_end(tokens, i);
        if !is(tokens, end.saturating_sub(1), "}") {
            continue;
        }
        let body = (i..end).find(|&k| is(tokens, k, "{")).unwrap_or(i);
        out.push(Function {
            name: text(tokens, i + 1),
            line: line(tokens, i),
            body_line: line(tokens, body),
            end_line: line(tokens, end - 1),
            is_async: i.checked_sub(1).is_some_and(|k| is(tokens, k, "async")),
        });
    }
    out
}

/// The files that `mod` lines reach from `root`, itself included.
pub fn reached(files: &[Source], root: &str) -> Vec<String> {
    let (mut out, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(path) = waiting.pop() {
        let Some(file) = files.iter().find(|file| file.path == path) else { continue };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let is_folder_file = path == root || name == "mod.rs";
        let base = if is_folder_file { folder.to_owned() } else { path.trim_end_matches(".rs").to_owned() };
        let tokens = file.tokens();
        for i in (0..tokens.len()).filter(|&i| is(&tokens, i, "mod") && is(&tokens, i + 2, ";")) {
            let child = text(&tokens, i + 1);
            waiting.push(format!("{base}/{child}.rs"));
            waiting.push(format!("{base}/{child}/mod.rs"));
        }
        out.push(path);
    }
    out
}

/// All text files below `root`, less what is built, fetched or vendored.
pub fn files_below(root: &Path) -> Vec<Source> {
    let (mut out, mut waiting) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && ![".ci", ".cargo"].contains(&name.as_str());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if !hidden && !["target", "node_modules"].contains(&name.as_str()) {
                    waiting.push(path);
                }
            } else if name == ".git" {
                // A linked work tree keeps its own place in this file.
            } else if let (Ok(text), Ok(place)) = (fs::read_to_string(&path), path.strip_prefix(root)) {
                out.push(Source { path: place.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}
