//! From what somebody wrote to a template that fills fast.

use super::catalogue::Catalogue;
use super::check::check;
use super::environment::sandbox;
use super::markup::{Marked, read};
use super::places::Places;
use super::secrets::{leaks, says_a_secret};
use super::syntax::unfillable;
use super::values::Root;
use super::{Field, Purpose, RenderedMail, Source, TemplateError, Value, Variables, clean, layout, links, shortened};
use crate::base::i18n::{Lang, message};
use minijinja::Environment;
use std::sync::Arc;

/// Bytes of one field of a template. Mail programs cut mails off after 100 KB.
pub const SOURCE_MAX: usize = 200_000;
/// Bytes of a filled mail's HTML or text.
const RENDERED_MAX: usize = 1_000_000;

/// A template that was checked, sanitised and styled: it fills for any number of recipients, from any thread.
pub struct Template {
    lang: Lang,
    purpose: Purpose,
    /// Escapes what is filled in.
    html: Environment<'static>,
    /// Does not.
    plain: Environment<'static>,
    /// What somebody wrote, to say where it goes wrong.
    body: String,
    bare: Vec<String>,
}

impl Template {
    /// Compiles a template for mails in a language.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of fields and places.
    pub fn compile(source: &Source, lang: Lang) -> Result<Self, Vec<TemplateError>> {
        Ok(Self::build(source, lang, false)?.0)
    }

    /// As [`Template::compile`], with links that lead over the shop's own addresses; also yields where they lead.
    ///
    /// # Errors
    /// As [`Template::compile`].
    pub fn compile_tracked(source: &Source, lang: Lang) -> Result<(Self, Vec<String>), Vec<TemplateError>> {
        Self::build(source, lang, true)
    }

    fn build(source: &Source, lang: Lang, track: bool) -> Result<(Self, Vec<String>), Vec<TemplateError>> {
        let catalogue = Catalogue::of(&source.subject_matter);
        let (marked, bare) = checked(source, &catalogue)?;
        let body = settle(&marked).ok_or_else(|| vec![rearranged(source, &marked)])?;
        let not_styled = || vec![at_start(Field::Body, "templates.error.not_styled")];
        let frame = layout::frame(source.layout, source.purpose, lang, &body);
        let document = clean::inline(&frame, layout::STYLES).ok_or_else(not_styled)?;
        let document = clean::restore(&document, &marked.asides).ok_or_else(not_styled)?;
        let (document, mut targets) = if track { links::tracked(&document) } else { (document, Vec::new()) };
        let text = match &source.text {
            Some(text) => text.clone(),
            None => clean::plain(&body, &marked.asides).ok_or_else(not_styled)?,
        };
        let text = without_block_lines(text.trim());
        // As long as the footer is not behind it: nothing of that is followed.
        let text = if track { links::tracked_text(&text, &mut targets) } else { text };
        let text = format!("{text}{}", layout::plain_footer(source.purpose, lang));
        let (mut html, mut plain) = (sandbox(lang, true), sandbox(lang, false));
        add(&mut html, "body", document, Field::Body)?;
        add(&mut plain, "subject", source.subject.clone(), Field::Subject)?;
        add(&mut plain, "preheader", source.preheader.clone(), Field::Preheader)?;
        add(&mut plain, "text", text, Field::Text)?;
        Ok((Self { lang, purpose: source.purpose, html, plain, body: source.body.clone(), bare }, targets))
    }

    /// Fills it for one recipient. A subject that gets too long by what is filled in is cut: inboxes show a fifth of it, and nobody should
    /// go without the mail because of a long name.
    ///
    /// # Errors
    /// What went wrong and where: it does too much, writes too much, or lacks what no mail may lack.
    pub fn render(&self, variables: &Arc<Variables>) -> Result<RenderedMail, TemplateError> {
        if self.purpose == Purpose::Marketing && !matches!(variables.get("links.unsubscribe"), Some(Value::Url(_))) {
            return Err(at_start(Field::Body, "templates.error.no_unsubscribe"));
        }
        let root = Root::of(Arc::clone(variables), self.lang);
        let subject = shortened::subject(self.filled_subject(&root)?);
        let preheader = one_line(&self.fill(&self.plain, "preheader", Field::Preheader, &root)?);
        let text = self.fill(&self.plain, "text", Field::Text, &root)?;
        let around = Variables::over(Arc::clone(variables))
            .having("mail.preheader", preheader.as_str())
            .having("mail.subject", subject.as_str());
        let html = self.fill(&self.html, "body", Field::Body, &Root::of(Arc::new(around), self.lang))?;
        Ok(RenderedMail { subject, preheader, html, text: without_gaps(&text) })
    }

    /// The subject for one recipient, however long.
    ///
    /// # Errors
    /// What went wrong and where.
    pub fn subject(&self, variables: &Arc<Variables>) -> Result<String, TemplateError> {
        self.filled_subject(&Root::of(Arc::clone(variables), self.lang))
    }

    fn filled_subject(&self, root: &minijinja::Value) -> Result<String, TemplateError> {
        Ok(one_line(&self.fill(&self.plain, "subject", Field::Subject, root)?))
    }

    /// The variables that this recipient lacks and the template has no fallback for.
    #[must_use]
    pub fn missing(&self, variables: &Variables) -> Vec<String> {
        self.bare.iter().filter(|name| variables.get(name).is_none()).cloned().collect()
    }

    fn fill(
        &self,
        env: &Environment<'static>,
        name: &str,
        field: Field,
        root: &minijinja::Value,
    ) -> Result<String, TemplateError> {
        match env.get_template(name).and_then(|template| template.render(root.clone())) {
            Ok(out) if out.len() > RENDERED_MAX => Err(at_start(field, "templates.error.too_large")),
            Ok(out) => Ok(out),
            Err(error) => Err(self.located(field, &error, root)),
        }
    }

    /// Where it goes wrong in what somebody wrote: what is filled has other lines.
    fn located(&self, field: Field, error: &minijinja::Error, root: &minijinja::Value) -> TemplateError {
        if field != Field::Body {
            return located(field, error, "");
        }
        match self.html.template_from_named_str("own", &self.body).and_then(|template| template.render(root.clone())) {
            Err(own) => located(field, &own, &self.body),
            Ok(_) => located(field, error, ""),
        }
    }
}

/// Compiles and fills once: for previews and single mails.
///
/// # Errors
/// As [`Template::compile`] and [`Template::render`]; the first of them.
pub fn render(source: &Source, variables: &Arc<Variables>, lang: Lang) -> Result<RenderedMail, TemplateError> {
    let template = Template::compile(source, lang).map_err(|mut errors| errors.swap_remove(0))?;
    template.render(variables)
}

/// The plain text that is made from a template's HTML, for somebody who goes on writing it.
#[must_use]
pub fn plain_text(source: &Source) -> Option<String> {
    let (marked, _) = checked(source, &Catalogue::of(&source.subject_matter)).ok()?;
    Some(clean::plain(&settle(&marked)?, &marked.asides)?.trim().to_owned())
}

/// The variables that a template fills in without a fallback, of those that a mail may lack. None of one that does not compile.
#[must_use]
pub fn bare(source: &Source) -> Vec<String> {
    checked(source, &Catalogue::of(&source.subject_matter)).map(|(_, bare)| bare).unwrap_or_default()
}

/// The body with its template tags put aside, and what it fills in without a fallback.
fn checked(source: &Source, catalogue: &Catalogue) -> Result<(Marked, Vec<String>), Vec<TemplateError>> {
    let fields = [
        (Field::Subject, source.subject.as_str()),
        (Field::Preheader, source.preheader.as_str()),
        (Field::Body, source.body.as_str()),
        (Field::Text, source.text.as_deref().unwrap_or_default()),
    ];
    let (mut errors, mut bare, mut filled) = (Vec::new(), Vec::new(), Vec::new());
    // The HTML is read only where it is clear what in it are template tags.
    let mut unclear = source.body.len() > SOURCE_MAX;
    for (field, text) in fields {
        if text.len() > SOURCE_MAX {
            errors.push(at_start(field, &message("templates.error.too_long", &[("most", &(SOURCE_MAX / 1_000))])));
            continue;
        }
        let found = check(field, text, catalogue);
        errors.extend(found.errors);
        bare.extend(found.bare);
        if field == Field::Body {
            filled = found.filled;
            unclear = found.is_unreadable;
        }
    }
    if source.subject.trim().is_empty() {
        errors.insert(0, at_start(Field::Subject, "templates.error.no_subject"));
    }
    if unclear {
        return Err(errors);
    }
    match read(&source.body, &filled) {
        Ok(marked) if errors.is_empty() => {
            let leaks = if says_a_secret(&source.subject_matter) { leaks(&source.body, &marked) } else { Vec::new() };
            if leaks.is_empty() { Ok((marked, bare)) } else { Err(leaks) }
        }
        Ok(_) => Err(errors),
        Err(more) => {
            errors.extend(more);
            errors.sort_by_key(|error| (error.field as u8, error.line, error.column));
            Err(errors)
        }
    }
}

/// Sanitises a body. `None` where a browser reads it otherwise than it was written, so that its conditions would no longer be balanced.
fn settle(marked: &Marked) -> Option<String> {
    let body = clean::sanitise(&marked.html);
    // Braces that were written as entities would become template tags that nobody checked.
    if ["{{", "{%", "{#"].iter().any(|braces| body.contains(braces)) {
        return None;
    }
    let restored = clean::restore(&body, &marked.asides)?;
    // Only the nesting counts now: where addresses lead was settled before.
    let balanced = match read(&restored, &[]) {
        Ok(_) => true,
        Err(errors) => errors.iter().all(|error| error.message == "templates.error.not_an_address"),
    };
    balanced.then_some(body)
}

fn rearranged(source: &Source, marked: &Marked) -> TemplateError {
    let at = marked.asides.first().map_or(0, |aside| aside.at);
    let (line, column) = Places::of(&source.body).at(at);
    TemplateError { field: Field::Body, line, column, message: "templates.error.rearranged".into(), suggestion: None }
}

fn add(env: &mut Environment<'static>, name: &'static str, source: String, field: Field) -> Result<(), Vec<TemplateError>> {
    env.add_template_owned(name, source).map_err(|error| vec![located(field, &error, "")])
}

fn at_start(field: Field, message: &str) -> TemplateError {
    TemplateError { field, line: 1, column: 1, message: message.to_owned(), suggestion: None }
}

fn located(field: Field, error: &minijinja::Error, source: &str) -> TemplateError {
    let (line, column) = match error.range() {
        Some(range) if !source.is_empty() => Places::of(source).at(range.start),
        _ => (1, 1),
    };
    TemplateError { field, line, column, message: unfillable(error), suggestion: None }
}

/// A header's text: one line without control characters.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Plain text where a condition or loop on a line of its own leaves no empty line.
fn without_block_lines(text: &str) -> String {
    let is_block = |line: &str| {
        let mut rest = line.trim();
        while let Some((_, after)) = rest.strip_prefix("{%").and_then(|inner| inner.split_once("%}")) {
            rest = after.trim_start();
        }
        rest.is_empty() && !line.trim().is_empty()
    };
    text.split_inclusive('\n').map(|line| if is_block(line) { line.trim() } else { line }).collect()
}

/// At most one empty line in a row: conditions leave some.
fn without_gaps(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines() {
        // The mark before a signature ends in a space.
        let line = if line == "-- " { line } else { line.trim_end() };
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
