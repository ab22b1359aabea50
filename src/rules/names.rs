//! From what people write to what runs, and back: names of tags, groups, products … become ids ([`resolve`]), ids become names
//! ([`named`]), and what stands for other rules, such as segments, is replaced by them ([`Meanings::expand`]).

use super::{
    Condition, DayField, EventCondition, FlagField, Goods, OrderCondition, Quantifier, Ref, Rule, SetField, TextField, Tree,
    validate,
};
use crate::args;
use crate::base::text::normalise;
use crate::base::{AppError, AppResult, Currency};
use crate::server::db::dialect::lower;
use crate::server::{Args, DbResult, Query};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A rule in which everything is known by its id that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub rule: Rule,
    /// What does not exist; nobody has it.
    pub unknown: Vec<Unknown>,
}

/// A name that nothing has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// What it would be: `tag`, `product` …
    pub what: &'static str,
    pub name: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// Turns names into ids. This is the form in which rules are kept and run.
///
/// # Errors
/// When the database does not answer.
pub async fn resolve(q: &impl Query, rule: &Rule) -> DbResult<Resolved> {
    let mut wanted: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    each_ref(rule, &mut |kind, of| {
        let names = of.iter().filter_map(|one| match one {
            Ref::Name(name) => Some(name.clone()),
            Ref::Id(_) => None,
        });
        wanted.entry(kind).or_default().extend(names);
    });
    let mut known: HashMap<(Kind, String), Vec<i64>> = HashMap::new();
    let mut unknown = BTreeSet::new();
    for (kind, names) in wanted.into_iter().filter(|(_, names)| !names.is_empty()) {
        let things = kind.find(q, &names).await?;
        for name in names {
            let ids: BTreeSet<i64> = things.iter().filter(|thing| thing.is_called(&name)).map(|thing| thing.id).collect();
            if ids.is_empty() {
                let all = things.iter().map(|thing| thing.names[0].as_str());
                unknown.insert(Unknown { what: kind.name(), suggestion: super::parse::nearest(&name, all), name });
            } else {
                known.insert((kind, name), ids.into_iter().collect());
            }
        }
    }
    let rule = replace_refs(rule.clone(), &|kind, one| match one {
        Ref::Name(name) => match known.get(&(kind, name.clone())) {
            Some(ids) => ids.iter().copied().map(Ref::Id).collect(),
            None => vec![Ref::Name(name)],
        },
        id @ Ref::Id(_) => vec![id],
    });
    Ok(Resolved { rule, unknown: unknown.into_iter().collect() })
}

/// Turns ids into names, where the name says which one is meant. This is the form in which rules are shown.
///
/// # Errors
/// When the database does not answer.
pub async fn named(q: &impl Query, rule: &Rule) -> DbResult<Rule> {
    let mut wanted: BTreeMap<Kind, BTreeSet<i64>> = BTreeMap::new();
    each_ref(rule, &mut |kind, of| {
        let ids = of.iter().filter_map(|one| match one {
            Ref::Id(id) => Some(*id),
            Ref::Name(_) => None,
        });
        wanted.entry(kind).or_default().extend(ids);
    });
    let mut names: HashMap<(Kind, i64), String> = HashMap::new();
    for (kind, ids) in wanted.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let things = kind.of_ids(q, &ids).await?;
        for thing in things.iter().filter(|thing| ids.contains(&thing.id)) {
            let is_its_own = |name: &&String| things.iter().filter(|other| other.is_called(name)).count() == 1;
            if let Some(name) = thing.names.iter().find(is_its_own) {
                names.insert((kind, thing.id), name.clone());
            }
        }
    }
    Ok(replace_refs(rule.clone(), &|kind, one| match one {
        Ref::Id(id) => vec![names.get(&(kind, id)).map_or(Ref::Id(id), |name| Ref::Name(name.clone()))],
        name @ Ref::Name(_) => vec![name],
    }))
}

/// What a rule can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Tag,
    Group,
    Branch,
    Department,
    Segment,
    Product,
    Category,
    Store,
}

/// A thing of the shop and what it is called, the best name first.
#[derive(Debug)]
struct Thing {
    id: i64,
    names: Vec<String>,
}

impl Thing {
    fn is_called(&self, name: &str) -> bool {
        let key = normalise(name);
        self.names.iter().any(|own| normalise(own) == key)
    }
}

impl Kind {
    fn of_set(field: SetField) -> Self {
        match field {
            SetField::Tag => Self::Tag,
            SetField::Group | SetField::PricingGroup => Self::Group,
            SetField::Branch => Self::Branch,
            SetField::Department => Self::Department,
            SetField::Segment => Self::Segment,
        }
    }

    fn of_goods(what: Goods) -> Self {
        match what {
            Goods::Product => Self::Product,
            Goods::Category => Self::Category,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Group => "group",
            Self::Branch => "branch",
            Self::Department => "department",
            Self::Segment => "segment",
            Self::Product => "product",
            Self::Category => "category",
            Self::Store => "store",
        }
    }

    /// Every thing of its kind with two names; of tags and products there may be many.
    fn sql(self) -> &'static str {
        match self {
            Self::Tag => "SELECT id, name, name FROM tags",
            Self::Group => "SELECT id, name, code FROM customer_groups",
            Self::Branch => "SELECT id, name, name FROM branches",
            Self::Department => "SELECT id, name, name FROM departments",
            Self::Segment => "SELECT id, name, key FROM segments",
            Self::Product => "SELECT id, name, sku FROM products",
            Self::Category => "SELECT id, name, name FROM categories",
            Self::Store => "SELECT id, name, code FROM stores",
        }
    }

    /// The things that may be called so, and others for suggestions.
    async fn find(self, q: &impl Query, names: &BTreeSet<String>) -> DbResult<Vec<Thing>> {
        let mut args = args![];
        let condition = match self {
            Self::Tag => {
                let keys = names.iter().map(|name| normalise(name)).collect();
                format!(" WHERE name_key IN ({})", places(keys, &mut args))
            }
            // Names of products are not kept normalised, so other ways to write them are found by the database's own idea of case.
            Self::Product => {
                let written = names.iter().flat_map(|name| [name.trim().to_owned(), name.trim().to_lowercase()]).collect();
                let places = places(written, &mut args);
                let (name, sku) = (lower(q, "name"), lower(q, "sku"));
                format!(" WHERE name IN ({places}) OR sku IN ({places}) OR {name} IN ({places}) OR {sku} IN ({places})")
            }
            _ => String::new(),
        };
        let mut things = read(q, &format!("{}{condition}", self.sql()), args).await?;
        let is_missing = names.iter().any(|name| !things.iter().any(|thing| thing.is_called(name)));
        if is_missing && !condition.is_empty() {
            things.extend(read(q, &format!("{} ORDER BY id DESC LIMIT 2000", self.sql()), args![]).await?);
        }
        Ok(things)
    }

    /// The things of these ids, and others that are called the same.
    async fn of_ids(self, q: &impl Query, ids: &BTreeSet<i64>) -> DbResult<Vec<Thing>> {
        let mut args = args![];
        let condition = match self {
            Self::Tag | Self::Product => {
                let table = if self == Self::Tag { "tags" } else { "products" };
                let places = places(ids.clone(), &mut args);
                format!(" WHERE name IN (SELECT name FROM {table} WHERE id IN ({places}))")
            }
            _ => String::new(),
        };
        read(q, &format!("{}{condition}", self.sql()), args).await
    }
}

async fn read(q: &impl Query, sql: &str, args: Args) -> DbResult<Vec<Thing>> {
    let rows: Vec<(i64, String, String)> = q.all(sql, args).await?;
    let thing = |(id, name, other): (i64, String, String)| Thing { id, names: vec![name, other] };
    Ok(rows.into_iter().map(thing).collect())
}

fn places<T: Into<crate::server::db::Value>>(values: BTreeSet<T>, args: &mut Args) -> String {
    values.into_iter().map(|value| format!("${}", args.push(value))).collect::<Vec<_>>().join(", ")
}

fn each_ref(rule: &Rule, see: &mut impl FnMut(Kind, &[Ref])) {
    for condition in rule.conditions() {
        match condition {
            Condition::Has { field, of, .. } => see(Kind::of_set(*field), of),
            Condition::Orders { such, .. } => such.conditions().into_iter().for_each(|condition| match condition {
                OrderCondition::Contains { what, of } => see(Kind::of_goods(*what), of),
                OrderCondition::Store { of } => see(Kind::Store, of),
                _ => {}
            }),
            Condition::Events { such, .. } => such.conditions().into_iter().for_each(|condition| {
                if let EventCondition::About { what, of } = condition {
                    see(Kind::of_goods(*what), of);
                }
            }),
            _ => {}
        }
    }
}

fn replace_refs(rule: Rule, change: &impl Fn(Kind, Ref) -> Vec<Ref>) -> Rule {
    let all = |kind: Kind, of: Vec<Ref>| of.into_iter().flat_map(|one| change(kind, one)).collect::<Vec<Ref>>();
    rule.map(&mut |condition| {
        Tree::Is(match condition {
            Condition::Has { field, quantifier, of } => Condition::Has { field, quantifier, of: all(Kind::of_set(field), of) },
            Condition::Orders { how_many, such } => Condition::Orders {
                how_many,
                such: such.map(&mut |condition| {
                    Tree::Is(match condition {
                        OrderCondition::Contains { what, of } => {
                            OrderCondition::Contains { what, of: all(Kind::of_goods(what), of) }
                        }
                        OrderCondition::Store { of } => OrderCondition::Store { of: all(Kind::Store, of) },
                        other => other,
                    })
                }),
            },
            Condition::Events { how_many, such } => Condition::Events {
                how_many,
                such: such.map(&mut |condition| {
                    Tree::Is(match condition {
                        EventCondition::About { what, of } => EventCondition::About { what, of: all(Kind::of_goods(what), of) },
                        other => other,
                    })
                }),
            },
            other => other,
        })
    })
}

/// What words of the language stand for in this shop: segments, `active`, `business_email`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meanings {
    /// The days within which an order makes a customer active.
    pub active_days: u16,
    /// Domains whose addresses anybody can have.
    pub free_mail: Vec<String>,
    /// The rules of segments by their ids, with ids in the place of names.
    pub segments: BTreeMap<i64, Rule>,
}

impl Meanings {
    /// Reads the segments, archived ones among them; `built_in` says what those mean that have no text, by their keys. One whose text does not read any more
    /// has nobody in it, and is logged.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(
        q: &impl Query,
        currency: Currency,
        active_days: u16,
        free_mail: Vec<String>,
        built_in: &[(&str, Rule)],
    ) -> DbResult<Self> {
        let rows: Vec<(i64, String, String, String)> = q.all("SELECT id, key, rule, kind FROM segments", args![]).await?;
        let rule = |(id, key, text, kind): (i64, String, String, String)| {
            let read = match built_in.iter().find(|(known, _)| kind == "built_in" && *known == key) {
                Some((_, rule)) => Ok(rule.clone()),
                None => super::parse(&text, currency),
            };
            let nobody = |error| {
                tracing::error!(segment = id, ?error, "the rule of a segment does not read");
                Rule::Any(Vec::new())
            };
            (id, read.unwrap_or_else(nobody))
        };
        Ok(Self { active_days, free_mail, segments: rows.into_iter().map(rule).collect() })
    }

    /// Replaces what stands for other rules, so that the rule can be run and explained.
    ///
    /// # Errors
    /// [`AppError::Invalid`] where a segment is made of itself, or the whole is more than can be run.
    pub fn expand(&self, rule: &Rule) -> AppResult<Rule> {
        let expanded = self.within(rule, &mut Vec::new())?;
        validate(&expanded)?;
        Ok(expanded)
    }

    /// `within`: the segments whose rules are being replaced.
    fn within(&self, rule: &Rule, within: &mut Vec<i64>) -> AppResult<Rule> {
        Ok(match rule {
            Rule::All(parts) => Rule::All(parts.iter().map(|part| self.within(part, within)).collect::<AppResult<_>>()?),
            Rule::Any(parts) => Rule::Any(parts.iter().map(|part| self.within(part, within)).collect::<AppResult<_>>()?),
            Rule::Not(inner) => !self.within(inner, within)?,
            Rule::Is(Condition::Flag { field: FlagField::Active, is }) => {
                negated(Rule::within_days(DayField::LastOrder, self.active_days), !is)
            }
            Rule::Is(Condition::Flag { field: FlagField::BusinessEmail, is }) => negated(self.business_email(), !is),
            Rule::Is(Condition::Has { field: SetField::Segment, quantifier, of }) => {
                let parts = of.iter().map(|one| self.segment(one, within)).collect::<AppResult<Vec<Rule>>>()?;
                match quantifier {
                    Quantifier::Any => Rule::Any(parts),
                    Quantifier::All => Rule::All(parts),
                    Quantifier::None => !Rule::Any(parts),
                }
            }
            Rule::Is(Condition::HasSome { field: SetField::Segment }) => {
                let all = self.segments.keys().filter(|id| !within.contains(id)).copied().collect::<Vec<_>>();
                Rule::Any(all.into_iter().map(|id| self.segment(&Ref::Id(id), within)).collect::<AppResult<_>>()?)
            }
            Rule::Is(other) => Rule::Is(other.clone()),
        })
    }

    fn segment(&self, one: &Ref, within: &mut Vec<i64>) -> AppResult<Rule> {
        let Ref::Id(id) = one else { return Ok(Rule::Any(Vec::new())) };
        if within.contains(id) {
            return Err(AppError::invalid("rule", "rules.segment_of_itself"));
        }
        let Some(rule) = self.segments.get(id) else { return Ok(Rule::Any(Vec::new())) };
        within.push(*id);
        let rule = self.within(rule, within);
        within.pop();
        rule
    }

    fn business_email(&self) -> Rule {
        let has_domain = Rule::Is(Condition::Text { field: TextField::Email, test: super::TextTest::Contains("@".to_owned()) });
        has_domain.and(!Rule::one_of(TextField::EmailDomain, self.free_mail.iter().cloned()))
    }
}

fn negated(rule: Rule, is: bool) -> Rule {
    if is { !rule } else { rule }
}
