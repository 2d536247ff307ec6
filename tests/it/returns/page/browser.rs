//! A browser without scripts: it keeps one cookie, follows nothing by itself, and says where its forms come from.

use std::cell::RefCell;
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;

use crate::support::App;

pub struct Browser {
    base: String,
    http: Client,
    cookie: RefCell<String>,
}

/// A page as it came.
#[derive(Clone)]
pub struct Page {
    pub status: u16,
    pub text: String,
    headers: reqwest::header::HeaderMap,
    what: String,
}

const NAME: &str = "almoner_returns=";
const BOUNDARY: &str = "----a-boundary-of-ours";

impl Browser {
    pub fn new(app: &App) -> Self {
        let http = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(90)).build().unwrap();
        Self { base: app.base.clone(), http, cookie: RefCell::default() }
    }

    #[track_caller]
    pub fn signed_in(app: &App, email: &str, password: &str) -> Self {
        let browser = Self::new(app);
        browser.sign_in(email, password).must(303);
        browser
    }

    pub fn sign_in(&self, email: &str, password: &str) -> Page {
        let fields = [("email", email), ("password", password), ("to", "/returns")];
        self.form("/returns/sign-in", &fields.map(|(name, value)| (name, value.to_owned())))
    }

    pub fn cookie(&self) -> String {
        self.cookie.borrow().clone()
    }

    pub fn put_cookie(&self, value: &str) {
        self.cookie.replace(value.to_owned());
    }

    pub fn refresh_token(&self) -> String {
        self.cookie().split_once('~').unwrap().1.to_owned()
    }

    pub fn get(&self, path: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.base)))
    }

    #[track_caller]
    pub fn file(&self, path: &str) -> Vec<u8> {
        let request = self.http.get(format!("{}{path}", self.base)).header(COOKIE, format!("{NAME}{}", self.cookie()));
        let answer = request.send().unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().unwrap().to_vec()
    }

    /// Sends a form of the page itself.
    pub fn form(&self, path: &str, fields: &[(&str, String)]) -> Page {
        self.form_from(path, fields, &[("sec-fetch-site", "same-origin")])
    }

    pub fn form_from(&self, path: &str, fields: &[(&str, String)], headers: &[(&str, &str)]) -> Page {
        let mut request = self.http.post(format!("{}{path}", self.base)).form(fields);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request)
    }

    /// Sends the form with a workbook.
    pub fn upload(&self, place: &str, version: String, what: &str, file: &[u8]) -> Page {
        self.send_file(&format!("{place}/workbook"), version, what, ("Return.xlsx", file))
    }

    /// Sends the form with the workbook of a quarter.
    pub fn send_quarter(&self, quarter: &str, version: String, what: &str, file: &[u8]) -> Page {
        let fields = [("quarter", quarter), ("version", version.as_str()), ("what", what)];
        self.send_fields("/returns/quarter/workbook", &fields, ("Returns.xlsx", file))
    }

    /// Sends the form with a file of any kind.
    pub fn send_file(&self, path: &str, version: String, what: &str, file: (&str, &[u8])) -> Page {
        self.send_fields(path, &[("version", version.as_str()), ("what", what)], file)
    }

    fn send_fields(&self, path: &str, fields: &[(&str, &str)], (file_name, file): (&str, &[u8])) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head =
            format!("Content-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: application/octet-stream");
        body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
        body.extend(file);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        let request = self.http.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        self.send(request.header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}")).body(body))
    }

    fn send(&self, request: RequestBuilder) -> Page {
        let request = request.header(COOKIE, format!("{NAME}{}", self.cookie())).build().unwrap();
        let what = format!("{} {}", request.method(), request.url());
        let answer = self.http.execute(request).unwrap_or_else(|error| panic!("{what}: {error}"));
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        if let Some(set) = headers.get(SET_COOKIE).and_then(|value| value.to_str().ok()) {
            self.put_cookie(set.split(';').next().unwrap().strip_prefix(NAME).unwrap());
        }
        Page { status, text: answer.text().unwrap(), headers, what }
    }
}

impl Page {
    #[track_caller]
    pub fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.what, self.text);
        self
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "{} does not say `{words}`: {}", self.what, self.text);
        self
    }

    #[track_caller]
    pub fn lacks(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "{} says `{words}`: {}", self.what, self.text);
        self
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// The version of the return that the page shows.
    #[track_caller]
    pub fn version(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"version\" value=\"").unwrap_or_else(|| panic!("no version: {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }

    /// Fields beside the version that the page shows.
    #[track_caller]
    pub fn with_version<'a>(&self, fields: &[(&'a str, &str)]) -> Vec<(&'a str, String)> {
        let own = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        own.chain([("version", self.version())]).collect()
    }
}
