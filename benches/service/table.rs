//! What was reached, beside what is aimed at.

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// It is shown for what it is.
    None,
    /// This or more.
    AtLeast(f64),
    /// Less than this.
    Under(f64),
}

/// Rows of figures.
#[derive(Debug)]
pub struct Table {
    title: String,
    rows: Vec<[String; 4]>,
}

impl Table {
    pub fn new(title: &str) -> Self {
        let head = ["what", "reached", "aim", "met"].map(str::to_owned);
        Self { title: title.to_owned(), rows: vec![head] }
    }

    /// Adds a figure: how it is shown, and the number that the aim is held against.
    pub fn row(&mut self, what: &str, shown: &str, aim: Aim, reached: f64) {
        let number = |aim: f64| if aim <= 1.0 { format!("{:.0} %", aim * 100.0) } else { format!("{aim:.0}") };
        let (aimed, is_met) = match aim {
            Aim::None => (String::new(), ""),
            Aim::AtLeast(least) => (format!("{} or more", number(least)), if reached >= least { "yes" } else { "NO" }),
            Aim::Under(most) => (format!("under {}", number(most)), if reached < most { "yes" } else { "NO" }),
        };
        self.rows.push([what.to_owned(), shown.to_owned(), aimed, is_met.to_owned()]);
    }

    /// Prints it as a table that Markdown reads too.
    pub fn print(&self) {
        println!("\n## {}\n", self.title);
        let widths = [0, 1, 2, 3].map(|at: usize| self.rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0));
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            println!("| {} |", cells.join(" | "));
            if number == 0 {
                println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
            }
        }
    }
}
