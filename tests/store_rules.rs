//! The readings of a rule agree: on both databases the SQL finds whom the facts match.

mod support;

use clientele::base::CustomerId;
use clientele::rules::facts::matches;
use clientele::rules::sql::{Ask, FROM, to_sql};
use clientele::rules::{NumberField, Quantifier, Rule, SetField, TextField, validate};
use clientele::server::{Args, Db, Query};
use proptest::test_runner::TestRunner;
use support::random::{TODAY, insert_customers, rules, sample};

const CUSTOMERS: usize = 200;
const RULES: usize = 300;

support::db_test!(sql_finds_whom_the_facts_match);
async fn sql_finds_whom_the_facts_match(db: Db) {
    let mut runner = TestRunner::deterministic();
    let customers = insert_customers(&db, CUSTOMERS, &mut runner).await;
    let (mut found_some, mut found_all) = (0, 0);
    for _ in 0..RULES {
        let rule = sample(rules(), &mut runner);
        let expected: Vec<CustomerId> =
            customers.iter().filter(|customer| matches(&rule, &customer.facts, TODAY)).map(|customer| customer.id).collect();
        found_some += usize::from(!expected.is_empty());
        found_all += usize::from(expected.len() == CUSTOMERS);
        assert_eq!(found_by_sql(&db, &rule).await, expected, "{rule:#?}");
    }
    // A test whose rules find no one, or everyone, shows nothing.
    assert!(found_some > RULES / 2 && found_all < RULES / 2, "{found_some} of {RULES} found some, {found_all} all");
}

support::db_test!(the_largest_rules_run);
async fn the_largest_rules_run(db: Db) {
    let tags = |count: i64| Rule::has(SetField::Tag, Quantifier::All, 1..=count);
    let wide = Rule::All([vec![tags(1_000); 20], vec![!Rule::everyone(); 480]].concat());
    let deep = (0..13).fold(Rule::All(vec![tags(1); 250]), |rule, level| {
        let rules = vec![rule, Rule::Any(vec![Rule::number(NumberField::Points, Some(level), Some(9)); 16])];
        if level % 2 == 0 { Rule::Any(rules) } else { Rule::All(rules) }
    });
    for rule in [wide, !deep] {
        assert_eq!(found_by_sql(&db, &rule).await, []);
    }
}

support::db_test!(text_of_persons_never_becomes_sql);
async fn text_of_persons_never_becomes_sql(db: Db) {
    insert_customers(&db, 20, &mut TestRunner::deterministic()).await;
    for text in ["') OR 1=1 --", "%", "_", "\\", "$1", "'; DROP TABLE customers; --", "\u{0}x"] {
        for field in [TextField::Country, TextField::Region, TextField::City, TextField::Source] {
            let rule = Rule::one_of(field, [text.to_owned(), "nowhere".to_owned()]);
            assert_eq!(found_by_sql(&db, &rule).await, [], "{field:?} {text:?}");
        }
    }
}

async fn found_by_sql(db: &Db, rule: &Rule) -> Vec<CustomerId> {
    validate(rule).expect("a rule within the limits");
    let mut args = Args::default();
    let condition = to_sql(rule, Ask::everyone(db, TODAY), &mut args);
    let text = format!("SELECT c.id FROM {FROM} WHERE {condition} ORDER BY c.id");
    let rows: Vec<(i64,)> = db.all(&text, args).await.unwrap_or_else(|error| panic!("{error}\n{text}"));
    rows.into_iter().map(|(id,)| CustomerId(id)).collect()
}
