//! A caller of the service with one token.

use reqwest::Method;
use reqwest::blocking::{RequestBuilder, Response};
use reqwest::header::{ETAG, IF_MATCH};
use serde_json::Value;

use crate::support::told;

/// A caller.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    pub token: Option<String>,
    pub http: reqwest::blocking::Client,
}

/// What the service answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub body: Value,
    what: String,
}

impl Answer {
    /// The answer, which must have this status.
    #[track_caller]
    pub fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.what, self.text);
        self
    }

    /// The `ETag`.
    #[track_caller]
    pub fn tag(&self) -> &str {
        self.etag.as_deref().unwrap_or_else(|| panic!("{} answered without an ETag", self.what))
    }

    /// The record's id.
    #[track_caller]
    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("{} answered without an id: {}", self.what, self.text)).to_owned()
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Pointers and codes of all faults, sorted: `/amount_pence too_small`.
    pub fn faults(&self) -> Vec<String> {
        let mut all: Vec<String> = self.body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|fault| format!("{} {}", fault["pointer"].as_str().unwrap_or_default(), fault["code"].as_str().unwrap_or_default()))
            .collect();
        all.sort();
        all
    }

    /// The items of a list.
    #[track_caller]
    pub fn items(&self) -> &Vec<Value> {
        self.body["items"].as_array().unwrap_or_else(|| panic!("{} answered without items: {}", self.what, self.text))
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    /// A request to `path`, with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request.
    #[track_caller]
    pub fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().unwrap();
        let what = format!("{} {}", request.method(), request.url());
        let answer = read(self.http.execute(request).unwrap_or_else(|error| panic!("{what}: {error}")), what);
        told::check(&answer.what, answer.status, answer.header("content-type") == Some("application/problem+json"), &answer.body);
        answer
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path))
    }

    /// A `POST` with a new idempotency key.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).header("Idempotency-Key", new_key()).json(body))
    }

    /// A `POST` that changes the record whose `ETag` is `tag`, with a new idempotency key.
    #[track_caller]
    pub fn change(&self, path: &str, tag: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).header(IF_MATCH, tag).header("Idempotency-Key", new_key()).json(body))
    }

    #[track_caller]
    pub fn patch(&self, path: &str, tag: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).header(IF_MATCH, tag).json(body))
    }

    #[track_caller]
    pub fn put(&self, path: &str, tag: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).header(IF_MATCH, tag).json(body))
    }

    /// The items of all pages of a list.
    #[track_caller]
    pub fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next).must(200);
            items.extend(page.items().iter().cloned());
            let Some(cursor) = page.body["next_cursor"].as_str() else { return items };
            next = format!("{path}{}cursor={cursor}", if path.contains('?') { '&' } else { '?' });
        }
    }
}

/// An idempotency key that no other request has.
pub fn new_key() -> String {
    uuid::Uuid::now_v7().to_string()
}

fn read(response: Response, what: String) -> Answer {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let etag = headers.get(ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let text = response.text().unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Answer { status, etag, headers, text, body, what }
}
