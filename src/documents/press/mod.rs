//! Papers as PDF: a template and data, set by Typst. Templates are in the program; a file of the same name in the office's folder of
//! templates comes before it.
//!
//! - A template reaches its neighbours, the fonts and `data.json`: no clock, no network, no package, no other file. So the same data make
//!   the same bytes.
//! - What people wrote comes as data and is never read as markup; what no font can print is written out (`[U+1F389]`).
//! - The pages are PDF/A-2a and PDF/UA-1: kept for long, and read aloud as well as seen. Where an edited template does not keep to that
//!   (a picture without a description), the paper is a plain tagged PDF, and the log says why.
//! - Few papers are set at once, each on a thread of its own and within a time; beyond that the answer is `503`.

mod set;
mod stock;
mod words;
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Semaphore, oneshot};
use typst::comemo;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::Smart;
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::kernel::{Code, Refusal, StoreFault};
pub use set::{PaperFile, PaperSet};
use stock::Stock;
use world::Bench;

/// How many papers are set at once.
const AT_ONCE: usize = 2;
/// How long one waits for its turn, and how long it may take then.
const TURN: Duration = Duration::from_secs(15);
const SETTING: Duration = Duration::from_secs(60);
/// Layout calls itself for each thing within a thing.
const STACK_BYTES: usize = 32 * 1024 * 1024;
/// How much a paper may be about, as JSON.
const DATA_BYTES_MAX: usize = 4 * 1024 * 1024;
/// After how many papers the memory of one that is not like the others is given back.
const REMEMBERED: usize = 4;

words! {
    /// A kind of paper, by the name of its template.
    pub enum Template {
        /// A return.
        Return = "return.typ",
        /// A quarter for the board.
        Board = "board.typ",
        /// A letter with a variation that the provider is to answer.
        Variation = "letters/variation.typ",
        /// A letter with a variation that needs no answer, such as a reassurance.
        Notice = "letters/notice.typ",
        /// A letter with a novation.
        Novation = "letters/novation.typ",
    }
}

impl Template {
    /// What such papers are about, for a trial and for whoever edits the template: first one that has everything.
    const fn examples(self) -> &'static [&'static str] {
        match self {
            Self::Return => &[include_str!("../../../templates/examples/return.json")],
            Self::Board => &[include_str!("../../../templates/examples/board.json")],
            // Either may have all that the other has: a notice more money, a letter that waits for an answer none.
            Self::Variation | Self::Notice => &[
                include_str!("../../../templates/examples/letters/variation.json"),
                include_str!("../../../templates/examples/letters/draft.json"),
                include_str!("../../../templates/examples/letters/notice.json"),
            ],
            Self::Novation => &[
                include_str!("../../../templates/examples/letters/novation.json"),
                include_str!("../../../templates/examples/letters/novation-body.json"),
            ],
        }
    }
}

/// A paper that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The PDF.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
}

/// The templates and fonts, and whose turn it is. Clones share both.
#[derive(Clone)]
pub struct Press {
    stock: stock::Kept,
    turns: Arc<Semaphore>,
}

impl Press {
    /// Opens the press. What is in the program is read when the first paper is set; an office's folder at once.
    ///
    /// # Errors
    /// A plain sentence where the folder cannot be read.
    pub fn open(folder: Option<&Path>) -> Result<Self, String> {
        Ok(Self { stock: stock::Kept::open(folder)?, turns: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// Tries every template that the office's folder may have changed, and says which of its lines is wrong.
    #[must_use]
    pub fn check(&self) -> Vec<String> {
        if !self.stock.is_edited() {
            return Vec::new();
        }
        let press = self.clone();
        let tried = move || {
            let stock = press.stock.get();
            let tried = |template: &Template| template.examples().iter().find_map(|example| set(&stock, *template, example).err());
            stock.strangers().into_iter().chain(Template::ALL.iter().filter_map(tried)).collect::<Vec<_>>()
        };
        let thread = std::thread::Builder::new().name("press".to_owned()).stack_size(STACK_BYTES).spawn(tried);
        let joined =
            thread.map_err(|error| error.to_string()).and_then(|thread| thread.join().map_err(|_| "a template broke off".to_owned()));
        joined.unwrap_or_else(|fault| vec![format!("The templates could not be tried: {fault}.")])
    }

    /// The files that such a paper is set from now.
    #[must_use]
    pub fn set_of(&self, template: Template) -> Arc<PaperSet> {
        self.stock.set_of(template)
    }

    /// Sets a paper from the files of today.
    ///
    /// # Errors
    /// [`Code::TemplateFaulty`] with the line; [`StoreFault::Unavailable`] where the others take too long.
    pub async fn print(&self, template: Template, data: &impl Serialize) -> Result<Vec<u8>, Refusal> {
        self.print_counted(template, data).await.map(|printed| printed.bytes)
    }

    /// The same, and says how many pages that makes.
    ///
    /// # Errors
    /// As for [`Press::print`].
    pub async fn print_counted(&self, template: Template, data: &impl Serialize) -> Result<Printed, Refusal> {
        self.print_from(self.stock.clone(), template, data).await
    }

    /// Sets a paper from the files of another day.
    ///
    /// # Errors
    /// As for [`Press::print`].
    pub async fn print_as(&self, set: PaperSet, template: Template, data: &impl Serialize) -> Result<Vec<u8>, Refusal> {
        self.print_from(stock::Kept::of(set), template, data).await.map(|printed| printed.bytes)
    }

    async fn print_from(&self, stock: stock::Kept, template: Template, data: &impl Serialize) -> Result<Printed, Refusal> {
        let data = serde_json::to_value(data).map_err(Refusal::broken)?;
        let busy = |what: &str| Refusal::Store(StoreFault::Unavailable(format!("{template}: {what}")));
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| busy("no turn came"))?.map_err(Refusal::broken)?;
        let (tell, told) = oneshot::channel();
        let work = move || {
            let stock = stock.get();
            let data = words::printable(data, &|c| stock.has(c)).to_string();
            let outcome =
                if data.len() > DATA_BYTES_MAX { Err("there is too much to print".to_owned()) } else { set(&stock, template, &data) };
            comemo::evict(REMEMBERED);
            drop(turn);
            // Whoever asked may have gone.
            let _ = tell.send(outcome);
        };
        std::thread::Builder::new()
            .name("press".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(work)
            .map_err(|error| busy(&error.to_string()))?;
        let outcome = tokio::time::timeout(SETTING, told).await.map_err(|_| busy("it takes too long"))?;
        outcome.map_err(|_| Refusal::broken(format!("{template} broke off")))?.map_err(faulty)
    }
}

fn faulty(fault: String) -> Refusal {
    tracing::error!(%fault, "a template is faulty");
    let detail = format!("{fault} Whoever runs the service mends that file, or takes it out of the folder of templates.");
    Refusal::rule(Code::TemplateFaulty, detail)
}

/// Sets a template with data and gives the PDF, or says what is wrong and where.
fn set(stock: &Arc<Stock>, template: Template, data: &str) -> Result<Printed, String> {
    let bench = Bench::new(Arc::clone(stock), template.word(), data.to_owned())?;
    let Warned { output, .. } = typst::compile::<PagedDocument>(&bench);
    let document = output.map_err(|faults| told(&bench, template, &faults))?;
    let printed = |bytes: Vec<u8>| Printed { bytes, pages: document.pages().len() };
    let options = |standards| PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some("Almoner".to_owned())),
        standards,
        ..PdfOptions::default()
    };
    let kept = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).map_err(|fault| fault.message().to_string())?;
    match typst_pdf::pdf(&document, &options(kept)) {
        Ok(bytes) => Ok(printed(bytes)),
        Err(faults) => {
            tracing::warn!(fault = told(&bench, template, &faults), "the paper does not keep to PDF/A and PDF/UA");
            typst_pdf::pdf(&document, &options(PdfStandards::default())).map(printed).map_err(|faults| told(&bench, template, &faults))
        }
    }
}

/// The first fault in a sentence: which file, which line and column, what.
fn told(bench: &Bench, template: Template, faults: &[SourceDiagnostic]) -> String {
    let Some(fault) = faults.first() else { return format!("The template `{template}` is faulty.") };
    let place = fault.span.id().and_then(|id| Some((id, bench.source(id).ok()?, bench.range(fault.span)?)));
    let at = place.map(|(id, source, range)| {
        let (line, column) = source.lines().byte_to_line_column(range.start).map_or((0, 0), |(line, column)| (line + 1, column + 1));
        format!("The template `{}` is faulty in line {line}, column {column}", id.get().vpath().get_without_slash())
    });
    let at = at.unwrap_or_else(|| format!("The template `{template}` is faulty"));
    let hints: String = fault.hints.iter().map(|hint| format!(" ({})", hint.v)).collect();
    format!("{at}: {}{hints}.", fault.message.trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
