//! What a template asks for, from its syntax tree: every name, filter and block must be one that there is.

use super::catalogue::{Catalogue, Kind};
use super::environment::{FILTERS, TESTS};
use super::places::Places;
use super::syntax::{Unreadable, unreadable};
use super::{Field, TemplateError};
use crate::base::i18n::message;
use minijinja::machinery::ast::{CallArg, Expr, ForLoop, IfCond, Stmt};
use minijinja::machinery::{Span, parse};
use std::collections::BTreeSet;

/// What was found in one field.
#[derive(Default)]
pub struct Found {
    pub errors: Vec<TemplateError>,
    /// What in it are template tags, nobody can say.
    pub is_unreadable: bool,
    /// Where something is filled in, and what it is where that is known.
    pub filled: Vec<(usize, Option<Kind>)>,
    /// Variables of the recipient that are filled in without a fallback.
    pub bare: Vec<String>,
}

/// Reads one field.
pub fn check(field: Field, source: &str, catalogue: &Catalogue) -> Found {
    let mut walk =
        Walk { field, places: Places::of(source), catalogue, scope: Vec::new(), given: BTreeSet::new(), found: Found::default() };
    match parse(source, field.code(), Default::default()) {
        Ok(tree) => walk.statement(&tree),
        Err(error) => {
            let Unreadable { at, message, suggestion } = unreadable(source, &error);
            walk.error(at, message, suggestion);
            walk.found.is_unreadable = true;
        }
    }
    walk.found
}

struct Walk<'a> {
    field: Field,
    places: Places<'a>,
    catalogue: &'a Catalogue,
    /// Names that the template gave itself, the innermost last: what they are, where that is known.
    scope: Vec<(String, Option<Kind>)>,
    /// What a condition around this place has asked for.
    given: BTreeSet<String>,
    found: Found,
}

impl Walk<'_> {
    fn error(&mut self, at: usize, message: String, suggestion: Option<String>) {
        let (line, column) = self.places.at(at);
        self.found.errors.push(TemplateError { field: self.field, line, column, message, suggestion });
    }

    fn refuse(&mut self, span: Span, what: &str) {
        self.error(start(span), message("templates.error.no_such_block", &[("name", &what)]), None);
    }

    fn statements(&mut self, statements: &[Stmt<'_>]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(emit) => self.fill(&emit.expr),
            Stmt::ForLoop(repeat) => self.repeat(repeat),
            Stmt::IfCond(condition) => self.condition(condition),
            Stmt::Set(set) => {
                let kind = self.expression(&set.expr);
                match &set.target {
                    Expr::Var(name) => self.scope.push((name.id.to_owned(), kind)),
                    other => self.refuse(other.span(), "set"),
                }
            }
            Stmt::WithBlock(block) => self.refuse(block.span(), "with"),
            Stmt::SetBlock(block) => self.refuse(block.span(), "set"),
            Stmt::AutoEscape(block) => self.refuse(block.span(), "autoescape"),
            Stmt::FilterBlock(block) => self.refuse(block.span(), "filter"),
            Stmt::Do(block) => self.refuse(block.span(), "do"),
            #[allow(unreachable_patterns)]
            _ => self.error(0, message("templates.error.no_such_block", &[("name", &"")]), None),
        }
    }

    /// `{{ … }}`
    fn fill(&mut self, expr: &Expr<'_>) {
        let kind = self.expression(expr);
        if let Some(Kind::List(_)) = kind {
            let name = path(expr).unwrap_or_default();
            let suggestion = format!("{{% for item in {name} %}}");
            self.error(start(expr.span()), message("templates.error.is_list", &[("name", &name)]), Some(suggestion));
        }
        self.found.filled.push((start(expr.span()), kind));
        if let Some(name) = path(expr)
            && self.catalogue.find(&name).is_some_and(|variable| variable.can_be_missing)
            && !self.given.contains(&name)
            && !self.found.bare.contains(&name)
        {
            self.found.bare.push(name);
        }
    }

    fn repeat(&mut self, repeat: &ForLoop<'_>) {
        let kind = self.expression(&repeat.iter);
        let item = match kind {
            Some(Kind::List(_)) => kind,
            Some(_) => {
                let name = path(&repeat.iter).unwrap_or_default();
                self.error(start(repeat.iter.span()), message("templates.error.no_list", &[("name", &name)]), None);
                None
            }
            None => None,
        };
        let depth = self.scope.len();
        match &repeat.target {
            Expr::Var(name) => self.scope.push((name.id.to_owned(), item)),
            other => self.refuse(other.span(), "for"),
        }
        self.scope.push(("loop".to_owned(), None));
        if let Some(filter) = &repeat.filter_expr {
            self.expression(filter);
        }
        self.statements(&repeat.body);
        self.scope.truncate(depth);
        self.statements(&repeat.else_body);
        self.scope.truncate(depth);
    }

    fn condition(&mut self, condition: &IfCond<'_>) {
        self.expression(&condition.expr);
        let (given, depth) = (self.given.clone(), self.scope.len());
        names(&condition.expr, &mut self.given);
        self.statements(&condition.true_body);
        self.given = given;
        self.scope.truncate(depth);
        self.statements(&condition.false_body);
        self.scope.truncate(depth);
    }

    /// Checks an expression; yields what it is, if it is a variable.
    fn expression(&mut self, expr: &Expr<'_>) -> Option<Kind> {
        if let Some(name) = path(expr) {
            return self.variable(&name, expr.span());
        }
        match expr {
            Expr::Var(_) | Expr::Const(_) => {}
            Expr::Slice(slice) => {
                self.expression(&slice.expr);
                for bound in [&slice.start, &slice.stop, &slice.step].into_iter().flatten() {
                    self.expression(bound);
                }
                return None;
            }
            Expr::UnaryOp(op) => _ = self.expression(&op.expr),
            Expr::BinOp(op) => {
                self.expression(&op.left);
                self.expression(&op.right);
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                for op in &compare.ops {
                    self.expression(&op.expr);
                }
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr);
                let kind = self.expression(&choice.true_expr);
                if let Some(other) = &choice.false_expr {
                    self.expression(other);
                }
                return kind;
            }
            Expr::Filter(filter) => return self.filter(expr, filter),
            Expr::Test(test) => {
                self.expression(&test.expr);
                self.arguments(&test.args);
                if !TESTS.contains(&test.name) {
                    let suggestion = nearest(test.name, TESTS.iter().copied());
                    self.error(start(expr.span()), message("templates.error.no_such_test", &[("name", &test.name)]), suggestion);
                }
            }
            Expr::GetAttr(attr) => _ = self.expression(&attr.expr),
            Expr::GetItem(item) => {
                self.expression(&item.expr);
                self.expression(&item.subscript_expr);
            }
            Expr::Call(call) => {
                let name = path(&call.expr).unwrap_or_default();
                self.error(start(expr.span()), message("templates.error.no_functions", &[("name", &name)]), None);
            }
            Expr::List(list) => list.items.iter().for_each(|item| _ = self.expression(item)),
            Expr::Tuple(tuple) => tuple.items.iter().for_each(|item| _ = self.expression(item)),
            Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(|item| _ = self.expression(item)),
        }
        None
    }

    fn filter(&mut self, whole: &Expr<'_>, filter: &minijinja::machinery::ast::Filter<'_>) -> Option<Kind> {
        let kind = filter.expr.as_ref().and_then(|of| self.expression(of));
        self.arguments(&filter.args);
        if !FILTERS.contains(&filter.name) {
            let at = self.places.find_after(start(whole.span()), filter.name);
            let suggestion = nearest(filter.name, FILTERS.iter().copied());
            self.error(at, message("templates.error.no_such_filter", &[("name", &filter.name)]), suggestion);
        }
        let only_constants = filter.args.iter().all(|arg| matches!(arg, CallArg::Pos(Expr::Const(_))));
        match (filter.name, kind) {
            // A fixed fallback is written by whoever writes the template.
            ("default", Some(Kind::Url)) if only_constants => Some(Kind::Url),
            ("default", kind) => kind.filter(|kind| *kind != Kind::Url),
            _ => None,
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>]) {
        for argument in arguments {
            let (CallArg::Pos(expr) | CallArg::Kwarg(_, expr) | CallArg::PosSplat(expr) | CallArg::KwargSplat(expr)) = argument;
            self.expression(expr);
        }
    }

    fn variable(&mut self, name: &str, span: Span) -> Option<Kind> {
        let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
        if let Some((_, kind)) = self.scope.iter().rev().find(|(own, _)| own == first) {
            let kind = *kind;
            return match (kind, rest) {
                (Some(Kind::List(fields)), Some(rest)) => match fields.iter().find(|field| field.name == rest) {
                    Some(field) => Some(field.kind),
                    None => {
                        let near = nearest(rest, fields.iter().map(|field| field.name)).map(|near| format!("{first}.{near}"));
                        self.unknown(name, span, near);
                        None
                    }
                },
                // A whole item is a map, which nobody wants to read.
                (Some(Kind::List(_)), None) => None,
                (kind, None) => kind,
                (_, Some(_)) => None,
            };
        }
        if let Some(variable) = self.catalogue.find(name) {
            return Some(variable.kind);
        }
        if !self.catalogue.is_group(name) {
            let near = nearest(name, self.catalogue.names());
            self.unknown(name, span, near);
        }
        None
    }

    fn unknown(&mut self, name: &str, span: Span, near: Option<String>) {
        self.error(start(span), message("templates.error.no_such_variable", &[("name", &name)]), near);
    }
}

fn start(span: Span) -> usize {
    span.start_offset as usize
}

/// `customer.first_name`, if an expression is no more than that.
fn path(expr: &Expr<'_>) -> Option<String> {
    match expr {
        Expr::Var(name) => Some(name.id.to_owned()),
        Expr::GetAttr(attr) => Some(format!("{}.{}", path(&attr.expr)?, attr.name)),
        _ => None,
    }
}

/// Every variable that an expression asks for.
fn names(expr: &Expr<'_>, into: &mut BTreeSet<String>) {
    if let Some(name) = path(expr) {
        into.insert(name);
        return;
    }
    match expr {
        Expr::BinOp(op) => {
            names(&op.left, into);
            names(&op.right, into);
        }
        Expr::Compare(compare) => names(&compare.expr, into),
        Expr::Test(test) => names(&test.expr, into),
        _ => {}
    }
}

/// What was probably meant: the name that takes the fewest changes, if it takes few.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let typed: Vec<char> = typed.chars().take(60).collect();
    let most = (typed.len() / 3).max(1);
    names.map(|name| (distance(&typed, name), name)).filter(|(far, _)| *far <= most).min().map(|(_, name)| name.to_owned())
}

/// How many letters have to be put in, left out or changed.
fn distance(typed: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=typed.len()).collect();
    for (at, letter) in name.chars().enumerate() {
        let mut corner = at;
        row[0] = at + 1;
        for column in 1..row.len() {
            let changed = corner + usize::from(typed[column - 1] != letter);
            corner = row[column];
            row[column] = changed.min(row[column] + 1).min(row[column - 1] + 1);
        }
    }
    row[typed.len()]
}
