//! What is wrong with an input, and where.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One fault of a request or of an imported row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where: a JSON pointer into the body (`/amount_pence`), or `query:limit`, `header:If-Match`, `path:id`.
    #[schema(max_length = 500)]
    pub pointer: String,
    /// What kind of fault, stable: `required`, `unknown_field`, `too_long`, `reversed_dates` …
    #[schema(max_length = 80)]
    pub code: String,
    /// The fault in plain words, with how to mend it.
    #[schema(max_length = 1000)]
    pub message: String,
    /// The sheet of a workbook, where the input came in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 40)]
    pub sheet: Option<String>,
    /// The cell on that sheet, such as `B7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 12)]
    pub cell: Option<String>,
    /// What stands there, where a finding about a return or its workbook tells it: a number, a day, a word or a short text, and nothing that may be
    /// personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = serde_json::Value, required = false)]
    pub value: Option<Value>,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), message: message.into(), sheet: None, cell: None, value: None }
    }

    /// The same fault, in a cell of a workbook.
    #[must_use]
    pub fn in_cell(self, sheet: Option<String>, cell: Option<String>) -> Self {
        Self { sheet, cell, ..self }
    }

    /// The same fault, with what stands there.
    #[must_use]
    pub fn with(self, value: Option<Value>) -> Self {
        Self { value, ..self }
    }
}

/// Gathers faults, so that a caller hears of all of them at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes one fault.
    pub fn add(&mut self, pointer: impl Into<String>, code: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault::new(pointer, code, message));
    }

    /// Notes a fault where `holds` is false.
    pub fn require(&mut self, holds: bool, pointer: &str, code: &str, message: &str) {
        if !holds {
            self.add(pointer, code, message);
        }
    }

    /// All well, or a refusal that carries every fault.
    ///
    /// # Errors
    /// [`crate::kernel::Refusal::Invalid`] where there is at least one fault.
    pub fn into_result(self) -> Result<(), crate::kernel::Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(crate::kernel::Refusal::Invalid(self.0)) }
    }
}
