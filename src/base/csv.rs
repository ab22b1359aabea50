//! Rows of CSV files (RFC 4180). Server only.

/// What a file begins with, so that spreadsheets read it as UTF-8.
pub const START: &str = "\u{feff}";

/// A cell of people's text: one that a spreadsheet would run as a formula begins with an apostrophe.
#[must_use]
pub fn text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// Adds a row.
pub fn push_row(out: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_and_amounts_are_not() {
        let mut out = String::new();
        push_row(&mut out, &[text("=1+1"), text("a \"b\", c"), text("@x"), "-5.00".into()]);
        assert_eq!(out, "'=1+1,\"a \"\"b\"\", c\",'@x,-5.00\r\n");
    }
}
