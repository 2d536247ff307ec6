//! Making the workbook of a return: what is shown is locked, what is to be filled in is yellow and has a list or a limit where it can.

mod further;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, ProtectionOptions,
    Workbook, Worksheet, XlsxError,
};

use super::rules::{
    At, Book, BookMoney, FORECAST, GUIDANCE, IDENTITY, IDENTITY_CELLS, INDICATORS, MONEY_FROM, MONEY_LABEL, NOTHING_SPENT, RETURN, SERVICE,
    SPEND, SPEND_HEAD, SpendRow, TEMPLATE_VERSION, TEXT_COLUMN, TEXT_KEY, TEXTS_FROM, VALUES_HEAD, ValueRow, WARNINGS, asks_for_label,
    category_label, cell_name, numbered, spend_column, spend_rows, status_label, value_column, yes_no,
};
use crate::kernel::{Pence, Quantity};
use crate::returns::rules::{self, IndicatorValue, Reported, ReturnContent};

const INK: Color = Color::RGB(0x1F_3A_5F);
const YELLOW: Color = Color::RGB(0xFF_F8_D6);
const GREY: Color = Color::RGB(0xF2_F2_F2);
const LINE: Color = Color::RGB(0xBF_BF_BF);
const MONEY: &str = "#,##0.00";
const COUNT: &str = "#,##0.###";
const DAY: &str = "dd/mm/yyyy";
/// The largest amount and count that a cell takes.
const MOST: f64 = 1_000_000_000.0;

/// A4, as the format counts papers.
const PAPER_A4: u8 = 9;

/// How cells look.
struct Looks {
    title: Format,
    hint: Format,
    head: Format,
    shown: Format,
    count: Format,
    money: Format,
    input: Format,
    money_input: Format,
    count_input: Format,
    day_input: Format,
    key: Format,
}

impl Looks {
    fn new() -> Self {
        let boxed = Format::new().set_border(FormatBorder::Thin).set_border_color(LINE).set_align(FormatAlign::Top);
        let input = boxed.clone().set_background_color(YELLOW).set_unlocked().set_text_wrap();
        let shown = boxed.clone().set_background_color(GREY).set_text_wrap();
        Self {
            title: Format::new().set_bold().set_font_size(16).set_font_color(INK),
            hint: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            head: boxed.set_bold().set_font_color(Color::White).set_background_color(INK).set_text_wrap(),
            count: shown.clone().set_num_format(COUNT),
            money: shown.clone().set_num_format(MONEY),
            shown,
            money_input: input.clone().set_num_format(MONEY),
            count_input: input.clone().set_num_format(COUNT),
            day_input: input.clone().set_num_format(DAY),
            input,
            key: Format::new().set_font_color(LINE),
        }
    }
}

type Made = Result<(), XlsxError>;

/// The workbook of a return, or of several that are numbered, as a file.
pub(super) fn workbook(books: &[Book]) -> Result<Vec<u8>, XlsxError> {
    let looks = Looks::new();
    let mut file = Workbook::new();
    let Some(first) = books.first() else { return file.save_to_buffer() };
    // The same returns make the same file.
    let made = ExcelDateTime::from_timestamp(books.iter().map(|book| book.made_at).max().unwrap_or_default())?;
    let title = match first.number {
        None => format!("Return of {} for {}", first.award, first.period),
        Some(_) => format!("Returns of {}", first.provider),
    };
    file.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    guidance(sheet(&mut file, GUIDANCE)?, &looks, books)?;
    for book in books {
        sheets(&mut file, &looks, book)?;
    }
    file.save_to_buffer()
}

/// The sheets of a return.
fn sheets(file: &mut Workbook, looks: &Looks, book: &Book) -> Made {
    let name = |sheet| numbered(sheet, book.number);
    texts(sheet(file, &name(RETURN))?, looks, book)?;
    spend(sheet(file, &name(SPEND))?, looks, book)?;
    values(sheet(file, &name(INDICATORS))?, looks, book)?;
    if book.has_service() {
        further::service(sheet(file, &name(SERVICE))?, looks, book)?;
    }
    if !book.quarters.is_empty() {
        further::forecast(sheet(file, &name(FORECAST))?, looks, book)?;
    }
    if !book.warnings.is_empty() {
        further::warnings(sheet(file, &name(WARNINGS))?, looks, book)?;
    }
    identity(sheet(file, &name(IDENTITY))?, book)
}

fn sheet<'a>(file: &'a mut Workbook, name: &str) -> Result<&'a mut Worksheet, XlsxError> {
    let sheet = file.add_worksheet();
    sheet.set_name(name)?;
    // On paper it is as wide as the page.
    sheet.set_landscape().set_paper_size(PAPER_A4).set_print_fit_to_pages(1, 0);
    // Locked against slips of the hand only: there is no password.
    let options = ProtectionOptions { format_columns: true, format_rows: true, ..ProtectionOptions::new() };
    sheet.protect_with_options(&options);
    Ok(sheet)
}

/// Words with a day in them, as people write it.
fn long(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

fn guidance(sheet: &mut Worksheet, looks: &Looks, books: &[Book]) -> Made {
    sheet.set_column_width(0, 100)?;
    sheet.write_with_format(0, 0, "How to fill in your return", &looks.title)?;
    let lines = guide(books);
    let end = u32::try_from(lines.len()).unwrap_or_default();
    for (row, line) in (2..).zip(lines) {
        sheet.write_with_format(row, 0, line, &looks.hint)?;
    }
    sheet.write_with_format(end + 3, 0, "This is a cell to type in.", &looks.input)?;
    sheet.write_with_format(end + 4, 0, "This is a locked cell.", &looks.shown)?;
    Ok(())
}

/// What the first sheet says.
fn guide(books: &[Book]) -> Vec<String> {
    let of = |book: &Book| {
        let which = book.number.map_or_else(|| "This workbook is for".to_owned(), |number| format!("The sheets with {number} are for"));
        let due = long(book.due_on);
        format!("{which} {} ({}) and the period {}. Please send it back by {due}.", book.award, book.title, book.period)
    };
    let mut lines: Vec<String> = books.iter().map(of).collect();
    lines.extend([
        "Type in the yellow cells. All other cells are locked; there is no password.".to_owned(),
        format!("`Return`: {} Please write no names, addresses or other personal data.", told(books)),
        "`Spend`: give what was spent in the period, in pounds and pence. Where nothing was spent, say so in the yellow cell at the top."
            .to_owned(),
        format!("`Indicators`: give what was counted, or choose `not reported` or `not applicable`. {AREAS}"),
    ]);
    if books.iter().any(Book::has_service) {
        lines.push("`Service`: who was in the service, who worked there, who waits. Leave blank what you do not know.".to_owned());
    }
    if books.iter().any(|book| !book.quarters.is_empty()) {
        lines.push("`Forecast`: what you expect to spend in each quarter still to come. A quarter left blank keeps your last forecast; where nothing will be spent in it, type 0.".to_owned());
    }
    if books.iter().any(|book| !book.warnings.is_empty()) {
        lines.push(
            "`Warnings`: what looked doubtful when this file was made. Mend it, or say in the yellow cell why it is right.".to_owned(),
        );
    }
    let last = [
        "A blank cell means that you have not said. It never counts as nought: where you counted none, type 0.",
        "A percentage has two numbers: how many, and out of how many. Type both; do not type the percentage itself. Where there was nobody to count, \
         choose `not applicable`.",
        "Type values, not formulas. If you copy from another workbook, paste values only.",
        "Do not rename the sheets, and do not add or delete rows or columns.",
        "Save the file as .xlsx, without macros and without a password, and upload it. You can try it out first: nothing is kept then.",
        "Everything that needs mending is listed with its sheet and cell, all at once.",
        "Uploading does not send the return. Look at it once more, have it certified by your signatory, and submit it.",
    ];
    lines.extend(last.map(str::to_owned));
    lines
}

/// What belongs on the sheet of the texts.
fn told(books: &[Book]) -> &'static str {
    let usual = rules::usual_sections();
    let is_named = |book: &Book| book.narrative.iter().any(|section| !usual.contains(section));
    if books.iter().any(is_named) {
        return "write below each heading what it asks for. The return cannot be submitted without what is marked as needed.";
    }
    if books.iter().any(|book| !book.is_short) { "say what happened and what may go wrong." } else { "say what happened." }
}

/// Which values do.
const AREAS: &str = "Each area that has a target needs a value of its own; the one for all areas together does not do there. Where no area has a \
    target, one value for all areas together is enough.";

fn texts(sheet: &mut Worksheet, looks: &Looks, book: &Book) -> Made {
    sheet.set_column_width(0, 26)?.set_column_width(1, 90)?.set_freeze_panes(1, 0)?;
    sheet.write_with_format(0, 0, "Your return", &looks.title)?;
    let facts = [
        ("Provider", book.provider.clone()),
        ("Award", format!("{}: {}", book.award, book.title)),
        ("Period", format!("{}, from {} to {}", book.period, long(book.days.0), long(book.days.1))),
        ("Due", long(book.due_on)),
        ("Template", format!("version {TEMPLATE_VERSION}")),
    ];
    for (row, (label, fact)) in (2..).zip(facts) {
        sheet.write_with_format(row, 0, label, &looks.head)?;
        sheet.write_with_format(row, 1, fact, &looks.shown)?;
    }
    for (row, section) in (TEXTS_FROM..).zip(&book.narrative) {
        let needed = if section.is_required { " (needed)" } else { "" };
        let label = format!("{}{needed}\n{}", section.heading, section.guidance.as_deref().unwrap_or_default());
        sheet.write_string_with_format(row, 0, label.trim_end(), &looks.head)?;
        write_text(sheet, (row, TEXT_COLUMN), book.content.section(&section.key).unwrap_or_default(), &looks.input)?;
        sheet.write_string_with_format(row, TEXT_KEY, &section.key, &looks.key)?;
        sheet.set_row_height(row, 220)?;
    }
    sheet.set_column_hidden(TEXT_KEY)?;
    Ok(())
}

/// A text, also one that begins like a formula; a blank cell where there is none.
fn write_text(sheet: &mut Worksheet, (row, column): At, text: &str, looks: &Format) -> Made {
    if text.is_empty() {
        sheet.write_blank(row, column, looks)?;
    } else {
        sheet.write_string_with_format(row, column, text, looks)?;
    }
    Ok(())
}

/// A number; a blank cell where there is none.
fn write_number(sheet: &mut Worksheet, (row, column): At, number: Option<f64>, looks: &Format) -> Made {
    match number {
        Some(number) => sheet.write_number_with_format(row, column, number, looks)?,
        None => sheet.write_blank(row, column, looks)?,
    };
    Ok(())
}

fn pounds(amount: Pence) -> Option<f64> {
    format!("{}e-2", amount.0).parse().ok()
}

fn number(quantity: Quantity) -> Option<f64> {
    quantity.to_string().parse().ok()
}

fn list(words: &[&str]) -> Result<DataValidation, XlsxError> {
    choice(DataValidation::new().allow_list_strings(words)?)
}

fn choice(list: DataValidation) -> Result<DataValidation, XlsxError> {
    list.set_error_title("Not on the list")?.set_error_message("Please choose from the list, or leave the cell blank.")
}

fn amount() -> Result<DataValidation, XlsxError> {
    let rule = DataValidation::new().allow_decimal_number(DataValidationRule::Between(0.0, MOST));
    rule.set_error_title("Not a number")?.set_error_message("Please type a number, nought or more, without words or signs.")
}

fn heads(sheet: &mut Worksheet, row: u32, looks: &Looks, heads: &[(u16, &str, i32)]) -> Made {
    // Two lines: not every program makes a row as high as its words.
    sheet.set_row_height(row, 34)?;
    for (column, label, width) in heads {
        sheet.write_with_format(row, *column, *label, &looks.head)?;
        sheet.set_column_width(*column, *width)?;
    }
    Ok(())
}

fn spend(sheet: &mut Worksheet, looks: &Looks, book: &Book) -> Made {
    use spend_column::{AMOUNT, CATEGORY, DIRECT, FROM, NOTE, TO};
    let content = &book.content;
    let rows = spend_rows(content);
    let columns = [
        (CATEGORY, "Category", 34),
        (AMOUNT, "Amount in pounds", 20),
        (DIRECT, "Direct activity with the people helped?", 20),
        (FROM, "First day, if not the whole period", 20),
        (TO, "Last day, if not the whole period", 20),
        (NOTE, "What it was", 60),
    ];
    sheet.write_with_format(0, 0, "What was spent in the period", &looks.title)?;
    sheet.write_with_format(
        1,
        0,
        "Leave a row blank where there is nothing to say. Use the last rows for a second amount in a category.",
        &Format::new(),
    )?;
    let (row, column) = NOTHING_SPENT;
    sheet.write_with_format(row, 0, "Was nothing spent in the period?", &looks.head)?;
    let is_nothing = content.spend.as_ref().is_some_and(Vec::is_empty);
    write_text(sheet, NOTHING_SPENT, if is_nothing { yes_no(true) } else { "" }, &looks.input)?;
    sheet.add_data_validation(row, column, row, column, &list(&[yes_no(true), yes_no(false)])?)?;
    money(sheet, looks, book.money)?;
    heads(sheet, SPEND_HEAD, looks, &columns)?;
    sheet.set_freeze_panes(SPEND_HEAD + 1, 1)?;
    let first = SPEND_HEAD + 1;
    let mut last = first;
    for (row, one) in (first..).zip(&rows) {
        spend_row(sheet, looks, row, *one)?;
        last = row;
    }
    sheet.add_data_validation(first, AMOUNT, last, AMOUNT, &amount()?)?;
    sheet.add_data_validation(first, DIRECT, last, DIRECT, &list(&[yes_no(true), yes_no(false)])?)?;
    let listed = spend_rows(&ReturnContent::default()).iter().filter_map(|(category, _)| *category).map(category_label).collect::<Vec<_>>();
    categories(sheet, looks, &listed, (first, last), rows.iter().position(|(category, _)| category.is_none()))
}

/// What is planned, what was spent so far, and what the award is worth, beside the amounts.
fn money(sheet: &mut Worksheet, looks: &Looks, BookMoney { planned, since_april, value }: BookMoney) -> Made {
    let facts =
        [("Planned for the period", planned), ("Spent since April, as reported so far", since_april), ("The award is worth", value)];
    for (row, (label, amount)) in (MONEY_FROM..).zip(facts) {
        sheet.set_row_height(row, 30)?;
        sheet.write_with_format(row, MONEY_LABEL, label, &looks.head)?;
        write_number(sheet, (row, MONEY_LABEL + 1), amount.and_then(pounds), &looks.money)?;
    }
    Ok(())
}

/// The list of categories stands in a column of its own, hidden, since it is too long to stand in the rule of a cell.
fn categories(sheet: &mut Worksheet, looks: &Looks, listed: &[&str], (first, last): (u32, u32), spare: Option<usize>) -> Made {
    let column = spend_column::NOTE + 2;
    let mut end = first;
    for (row, label) in (first..).zip(listed) {
        sheet.write_with_format(row, column, *label, &looks.key)?;
        end = row;
    }
    sheet.set_column_hidden(column)?;
    let fixed = |(row, column): At| cell_name((row, column)).replace(|c: char| c.is_ascii_digit(), "");
    let letter = fixed((0, column));
    let range = format!("=${letter}${}:${letter}${}", first + 1, end + 1);
    let Some(from) = spare.and_then(|spare| u32::try_from(spare).ok()) else { return Ok(()) };
    let rule = choice(DataValidation::new().allow_list_formula(Formula::new(range)))?;
    sheet.add_data_validation(first + from, spend_column::CATEGORY, last, spend_column::CATEGORY, &rule)?;
    Ok(())
}

fn spend_row(sheet: &mut Worksheet, looks: &Looks, row: u32, (category, line): SpendRow<'_>) -> Made {
    use spend_column::{AMOUNT, CATEGORY, DIRECT, FROM, NOTE, TO};
    let label = category.map(category_label).unwrap_or_default();
    write_text(sheet, (row, CATEGORY), label, if category.is_some() { &looks.shown } else { &looks.input })?;
    write_number(sheet, (row, AMOUNT), line.and_then(|line| pounds(line.amount_pence)), &looks.money_input)?;
    write_text(sheet, (row, DIRECT), line.map(|line| yes_no(line.direct_activity)).unwrap_or_default(), &looks.input)?;
    for (column, day) in [(FROM, line.and_then(|line| line.spent_from)), (TO, line.and_then(|line| line.spent_to))] {
        match day {
            Some(day) => sheet.write_datetime_with_format(row, column, excel_day(day)?, &looks.day_input)?,
            None => sheet.write_blank(row, column, &looks.day_input)?,
        };
    }
    write_text(sheet, (row, NOTE), line.and_then(|line| line.note.as_deref()).unwrap_or_default(), &looks.input)
}

fn excel_day(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: u32| u8::try_from(number).unwrap_or_default();
    ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or_default(), part(day.month()), part(day.day()))
}

fn values(sheet: &mut Worksheet, looks: &Looks, book: &Book) -> Made {
    use value_column::{AREA, BASIS, DENOMINATOR, KEY, LAST, NAME, SINCE_APRIL, STATUS, TARGET, TARGET_PERIOD, UNIT, VALUE};
    let last = book.last_period.as_ref().map_or_else(|| "Last time".to_owned(), |period| format!("Last time ({period})"));
    let columns = [
        (KEY, "Key", 10),
        (NAME, "Indicator", 42),
        (UNIT, "Counted in, and for which days", 30),
        (AREA, "Area", 22),
        (TARGET, "Target", 12),
        (TARGET_PERIOD, "Target for", 14),
        (LAST, last.as_str(), 18),
        (STATUS, "Status", 18),
        (VALUE, "Value", 14),
        (DENOMINATOR, "Out of (percentages only)", 16),
        (BASIS, "Counted on, if not as usual", 30),
        (SINCE_APRIL, "Since April, as reported so far", 18),
    ];
    sheet.write_with_format(0, NAME, "What was counted", &looks.title)?;
    let hint =
        format!("{AREAS} Blank means not said; where you counted none, type 0. The column after the name says for which days a number is.");
    sheet.write_with_format(1, NAME, hint, &Format::new())?;
    heads(sheet, VALUES_HEAD, looks, &columns)?;
    sheet.set_column_hidden(KEY)?.set_freeze_panes(VALUES_HEAD + 1, AREA + 1)?;
    let first = VALUES_HEAD + 1;
    let mut end = first;
    for (row, one) in (first..).zip(&book.rows) {
        value_row(sheet, looks, row, one, one.written(&book.content))?;
        end = row;
    }
    let words: Vec<&str> = Reported::ALL.iter().map(|status| status_label(*status)).collect();
    sheet.add_data_validation(first, STATUS, end, STATUS, &list(&words)?)?;
    sheet.add_data_validation(first, VALUE, end, DENOMINATOR, &amount()?)?;
    Ok(())
}

fn value_row(sheet: &mut Worksheet, looks: &Looks, row: u32, one: &ValueRow, written: Option<&IndicatorValue>) -> Made {
    use value_column::{AREA, BASIS, DENOMINATOR, KEY, LAST, NAME, SINCE_APRIL, STATUS, TARGET, TARGET_PERIOD, UNIT, VALUE};
    sheet.write_string_with_format(row, KEY, one.key(), &looks.key)?;
    let unit = format!("{}, for {}", one.unit, asks_for_label(one.asks_for));
    for (column, text) in [(NAME, &one.name), (UNIT, &unit), (AREA, &one.area)] {
        write_text(sheet, (row, column), text, &looks.shown)?;
    }
    let (target, period) = one.target.as_ref().map_or((None, ""), |(target, period)| (number(*target), period.as_str()));
    write_number(sheet, (row, TARGET), target, &looks.count)?;
    write_text(sheet, (row, TARGET_PERIOD), period, &looks.shown)?;
    write_last(sheet, looks, (row, LAST), one.last.as_ref())?;
    write_text(sheet, (row, STATUS), written.map(|value| status_label(value.status)).unwrap_or_default(), &looks.input)?;
    write_number(sheet, (row, VALUE), written.and_then(|value| value.value).and_then(number), &looks.count_input)?;
    let denominator = written.and_then(|value| value.denominator).and_then(number);
    let is_open = one.is_percentage || denominator.is_some();
    write_number(sheet, (row, DENOMINATOR), denominator, if is_open { &looks.count_input } else { &looks.shown })?;
    write_text(sheet, (row, BASIS), written.and_then(|value| value.basis.as_deref()).unwrap_or_default(), &looks.input)?;
    match one.since_april.filter(|_| one.is_percentage) {
        Some(percent) => write_text(sheet, (row, SINCE_APRIL), &format!("{percent} %"), &looks.shown),
        None => write_number(sheet, (row, SINCE_APRIL), one.since_april.and_then(number), &looks.count),
    }
}

fn write_last(sheet: &mut Worksheet, looks: &Looks, at: At, last: Option<&IndicatorValue>) -> Made {
    match last {
        Some(IndicatorValue { status: Reported::Reported, value: Some(value), denominator: None, .. }) => {
            write_number(sheet, at, number(*value), &looks.count)
        }
        Some(IndicatorValue { status: Reported::Reported, value: Some(value), denominator: Some(whole), .. }) => {
            write_text(sheet, at, &format!("{value} out of {whole}"), &looks.shown)
        }
        Some(other) => write_text(sheet, at, status_label(other.status), &looks.shown),
        None => write_text(sheet, at, "", &looks.shown),
    }
}

fn identity(sheet: &mut Worksheet, book: &Book) -> Made {
    let said = [book.return_id.to_string(), book.return_version.to_string(), TEMPLATE_VERSION.to_string()];
    for ((name, (row, column)), said) in IDENTITY_CELLS.into_iter().zip(said) {
        sheet.write_string(row, 0, name)?.write_string(row, column, said)?;
    }
    sheet.set_hidden(true);
    Ok(())
}
