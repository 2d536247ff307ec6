use super::*;
use serde_json::{Value, json};

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

fn example() -> Value {
    serde_json::from_str(Template::Return.examples()[0]).unwrap()
}

fn print(press: &Press, data: &Value) -> Result<Vec<u8>, Refusal> {
    wait(press.print(Template::Return, data))
}

/// A PDF without its compression would be needed to read its words; what stands outside of it tells what kind of PDF it is.
fn says(pdf: &[u8], words: &str) -> bool {
    pdf.windows(words.len()).any(|window| window == words.as_bytes())
}

#[test]
fn the_same_data_make_the_same_bytes_and_other_data_others() {
    let (press, again) = (Press::open(None).unwrap(), Press::open(None).unwrap());
    let mut data = example();
    let first = print(&press, &data).unwrap();
    assert!(first.starts_with(b"%PDF-1.7") && says(&first, "pdfuaid") && says(&first, "pdfaid"), "neither PDF/UA nor PDF/A");
    data["spend"]["total"] = json!("£1.00");
    let other = print(&press, &data).unwrap();
    assert!(first != other, "the data made no difference");
    assert!(print(&again, &example()).unwrap() == first, "the same data made other bytes");
}

#[test]
fn hostile_words_make_a_paper_that_keeps_to_its_standards() {
    let press = Press::open(None).unwrap();
    let mut data = example();
    let long = "a".repeat(5_000);
    let words = format!(
        "#import \"office.typ\" $x$ *b* _i_ `r` @label <l> \\ // /* #panic() 🎉 \u{202E}\u{0}\u{FEFF} e\u{301} ŵŷ العربية 中文 {long}"
    );
    for place in ["title", "subtitle", "office", "foot", "standing", "certificate"] {
        data[place] = json!(words);
    }
    data["texts"][0] = json!({ "title": words, "text": words });
    data["indicators"][0]["name"] = json!(words);
    data["explanations"][0]["about"] = json!(words);
    let pdf = print(&press, &data).unwrap();
    assert!(says(&pdf, "pdfuaid"), "the words broke the standard");
}

#[test]
fn an_edited_template_comes_first_and_a_faulty_one_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let edited = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    edited("return.typ", "#set document(title: [A])\n#let data = json(\"data.json\")\n= #data.title");
    let press = Press::open(Some(folder.path())).unwrap();
    assert_eq!(press.check(), Vec::<String>::new());
    assert!(print(&press, &example()).unwrap() != print(&Press::open(None).unwrap(), &example()).unwrap());

    edited("return.typ", "= Title\n\n#nonsense(1)\n");
    edited("retrun.typ", "= Title");
    let press = Press::open(Some(folder.path())).unwrap();
    let faults = press.check();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("`retrun.typ`") && faults[0].contains("`return.typ`"), "{faults:?}");
    assert!(faults[1].contains("`return.typ` is faulty in line 3, column 2: unknown variable: nonsense"), "{faults:?}");
    let Err(Refusal::Rule { code: Code::TemplateFaulty, detail, .. }) = print(&press, &example()) else { panic!("printed") };
    assert!(detail.contains("line 3"), "{detail}");
}

#[test]
fn a_template_reaches_nothing_outside_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    for reach in [
        "#read(\"/etc/hostname\")",
        "#read(\"../Cargo.toml\")",
        "#read(\"secret.txt\")",
        "#import \"@preview/a:1.0.0\": b",
        "#datetime.today()",
    ] {
        std::fs::write(folder.path().join("return.typ"), reach).unwrap();
        let press = Press::open(Some(folder.path())).unwrap();
        assert!(print(&press, &example()).is_err(), "{reach} was let through");
    }
}
