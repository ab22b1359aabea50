//! Mails at a large shop: how long until a composer's audience is counted, and until the campaigns' pages are there when fifty campaigns
//! have gone to fifty thousand each and many reacted, beside the bare SQL of the same figures.

use crate::measure::{Effort, milliseconds, percentile};
use crate::server::{Server, Setup};
use crate::sql::Database;
use std::time::{Duration, Instant};

const CAMPAIGNS: i64 = 50;
/// Mails of each.
const MAILS: i64 = 50_000;
/// How often each audience is asked.
const RUNS: i64 = 9;
/// Milliseconds until an audience is counted.
const COUNT: f64 = 1_000.0;
/// Times the bare SQL that figures may take, or milliseconds.
const FIGURES: f64 = 2.0;
const QUICK: f64 = 25.0;
const EFFORT: Effort = Effort { rounds: 3, time: Duration::from_millis(600) };

/// Fifty campaigns, five a time to the same people and one a day: so the cap keeps some back. Then what came of them: three of ten opened,
/// one of twenty clicked one of twelve links, one of ten was opened by a machine. Whoever reacted, by the number of the mail, is the same
/// each time.
const PREPARE: [&str; 4] = [
    "INSERT INTO campaigns (name, topic, subject, preheader, layout, body, text, audience, state, frozen, matched, queued, started_at,
       finished_at, created_at, updated_at)
     WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 50)
     SELECT 'measured ' || n, 'newsletter', 'Linen', '', 'card', '<p>Linen</p>', '', '{\"include\":[\"everybody\"],\"exclude\":[]}', 'sent', TRUE,
       50000, 50000, {now} - n * 86400000000, {now} - n * 86400000000, {now} - n * 86400000000, {now} - n * 86400000000 FROM n",
    "INSERT INTO outbox (customer_id, recipient, template, locale, data, dedup_key, created_at, sent_at, campaign_id, state, attempts,
       handed_at, domain, message_id, subject)
     SELECT c.id, c.email, 'campaign', 'en', '{}', 'measured-' || k.id || '-' || c.id, k.started_at, k.started_at, k.id, 'sent', 1,
       k.started_at, 'mail.example', 'measured-' || k.id || '-' || c.id || '@mail.example', 'Linen'
     FROM campaigns k JOIN customers c ON c.id > (CAST(substr(k.name, 10) AS BIGINT) - 1) / 5 * 50000
       AND c.id <= (CAST(substr(k.name, 10) AS BIGINT) - 1) / 5 * 50000 + 50000
     WHERE k.name LIKE 'measured %'",
    "INSERT INTO campaign_links (campaign_id, position, target)
     WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12)
     SELECT k.id, n.n, 'https://shop.example/' || n.n FROM campaigns k CROSS JOIN n WHERE k.name LIKE 'measured %'",
    "INSERT INTO mail_reactions (mail_id, link_id, campaign_id, customer_id, times, machine_times, first_at, last_at, machine_at)
     SELECT o.id, COALESCE(l.id, 0), o.campaign_id, o.customer_id, CASE WHEN o.id % 10 = 3 THEN 0 ELSE 2 END,
       CASE WHEN o.id % 10 = 3 THEN 1 ELSE 0 END, o.handed_at + 3600000000, o.handed_at + 3600000000, 0
     FROM outbox o JOIN campaigns k ON k.id = o.campaign_id AND k.name LIKE 'measured %'
       LEFT JOIN campaign_links l ON l.campaign_id = o.campaign_id AND l.position <= 1 + o.id % 12 AND l.position >= 1 + o.id % 12 AND o.id % 20 = 0
     WHERE o.id % 10 IN (0, 1, 2, 3)",
];

/// Runs it; whether all limits held.
pub fn run(setup: &Setup) -> Result<bool, String> {
    let database = Database::open(&setup.database)?;
    if database.number("SELECT COUNT(*) FROM campaigns WHERE name LIKE 'measured %'")? != CAMPAIGNS {
        fill(setup, &database)?;
    }
    let mut server = Server::start(setup)?;
    server.wait_for_index()?;
    server.wait_until_idle()?;
    println!("{:<52}{:>10}{:>10}{:>10}{:>10}{:>8}", "milliseconds", "found", "p50", "most", "bare SQL", "ratio");
    let counted = audiences(&server, &database)?;
    println!("\n{:<52}{:>10}{:>10}{:>10}{:>8}", "milliseconds", "p50", "p99", "bare SQL", "ratio");
    Ok(figures(&server, &database)? && counted)
}

fn fill(setup: &Setup, database: &Database) -> Result<(), String> {
    let began = Instant::now();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
    for sql in PREPARE {
        database.execute(&setup.database, &sql.replace("{now}", &now.as_micros().to_string()))?;
    }
    println!("{CAMPAIGNS} campaigns of {MAILS} mails written after {:.0} s\n", began.elapsed().as_secs_f64());
    Ok(())
}

const ALIVE: &str = "c.merged_into_id IS NULL AND c.anonymised_at IS NULL";
/// Whoever gets a newsletter now, of the customers `c`: as the composer counts them, in one statement.
const GETS_IT: &str = "c.marketing_email AND c.account_status <> 'blocked'
  AND NOT EXISTS (SELECT 1 FROM topic_choices t WHERE t.customer_id = c.id AND t.topic = 'newsletter' AND NOT t.wanted
    AND NOT EXISTS (SELECT 1 FROM topic_choices n WHERE n.customer_id = t.customer_id AND n.topic = t.topic AND n.id > t.id))
  AND NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.email_key = c.email_key AND x.lifted_at = 0)
  AND c.id NOT IN (SELECT o.customer_id FROM outbox o WHERE o.campaign_id IS NOT NULL AND o.state IN ('handing_over', 'sent', 'in_doubt')
    AND o.handed_at > 0 AND o.handed_at > {since} GROUP BY o.customer_id HAVING COUNT(*) >= 4)";

/// An audience as JSON, and the condition of its customers `c` with their statistics `s`, of a number that makes each run another question.
type Asked = (&'static str, fn(i64) -> String, fn(i64) -> String);

const ASKED: [Asked; 4] = [
    ("everybody", |_| r#"{"include":["everybody"],"exclude":[]}"#.into(), |_| "TRUE".into()),
    (
        "a rule: spent > 100",
        |n| format!(r#"{{"include":[{{"rule":"total_spent > {}"}}],"exclude":[]}}"#, 100 + n),
        |n| format!("s.spent_minor > {}", 10_000 + 100 * n),
    ),
    (
        "two rules, without a third",
        |n| {
            let (a, b) = (3 + n, 40 + n);
            format!(
                r#"{{"include":[{{"rule":"orders > {a}"}},{{"rule":"total_spent > 500"}}],"exclude":[{{"rule":"total_spent < {b}"}}]}}"#
            )
        },
        |n| format!("(s.orders_count > {} OR s.spent_minor > 50000) AND NOT s.spent_minor < {}", 3 + n, 4_000 + 100 * n),
    ),
    (
        "three chosen customers",
        |n| format!(r#"{{"include":[{{"chosen":[{},{},{}]}}],"exclude":[]}}"#, 500_001 + n, 600_001 + n, 700_001 + n),
        |n| format!("c.id IN ({}, {}, {})", 500_001 + n, 600_001 + n, 700_001 + n),
    ),
];

/// Until the composer says how many get it, step by step.
fn audiences(server: &Server, database: &Database) -> Result<bool, String> {
    let form = r#"{"form":{"name":"asked","topic":"newsletter","subject":"Linen","preheader":"","layout":"card","body":"","text":"","audience":{"include":[],"exclude":[]}}}"#;
    let id = server.client.call("add_campaign", form)?;
    let mut passed = true;
    for asked in ASKED {
        passed &= audience(server, database, &id, asked)?;
    }
    server.client.call("delete_campaign", &format!("{{\"id\":{id}}}"))?;
    Ok(passed)
}

fn audience(
    server: &Server,
    database: &Database,
    id: &serde_json::Value,
    (name, json, condition): Asked,
) -> Result<bool, String> {
    let (mut times, mut found, mut statements) = (Vec::new(), 0, Vec::new());
    for run in 0..RUNS {
        let question = format!(r#"{{"id":{id},"audience":{},"topic":"newsletter"}}"#, json(run));
        let sent = Instant::now();
        let answer = server.client.call("count_audience", &question)?;
        times.push(milliseconds(sent.elapsed()));
        found = answer["waterfall"]["gets_it"].as_i64().ok_or_else(|| format!("{question}: {answer}"))?;
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
        let gets = GETS_IT.replace("{since}", &(since.as_micros() as i64 - 7 * 86_400_000_000).to_string());
        let from = "FROM customers c JOIN customer_stats s ON s.customer_id = c.id";
        statements.push(format!("SELECT COUNT(*) {from} WHERE {ALIVE} AND {} AND {gets}", condition(run)));
    }
    times.sort_by(f64::total_cmp);
    let (p50, most) = (percentile(&times, 0.5), percentile(&times, 1.0));
    let last = database.number(&statements[statements.len() - 1])?;
    if last != found {
        return Err(format!("{name}: {found} by the composer, {last} by SQL"));
    }
    let sql = database.time(&statements)?;
    let passed = p50 <= COUNT;
    let verdict = if passed { "" } else { "  FAIL" };
    println!("{name:<52}{found:>10}{p50:>10.2}{most:>10.2}{sql:>10.2}{:>8.2}{verdict}", p50 / sql);
    Ok(passed)
}

/// Until the campaigns' pages are there.
fn figures(server: &Server, database: &Database) -> Result<bool, String> {
    let ids = database.rows("SELECT id FROM campaigns WHERE name LIKE 'measured %' ORDER BY id DESC")?;
    let ids: Vec<String> = ids.into_iter().flatten().collect();
    let (one, all) = (ids.first().ok_or("no campaign")?, ids.join(","));
    let sent = |these: &str| {
        format!("SELECT campaign_id, COUNT(*) FROM outbox WHERE campaign_id IN ({these}) AND state = 'sent' GROUP BY campaign_id")
    };
    let reacted = |these: &str| {
        format!(
            "SELECT campaign_id, COUNT(DISTINCT mail_id), COUNT(DISTINCT CASE WHEN link_id > 0 THEN mail_id END) FROM mail_reactions
             WHERE campaign_id IN ({these}) AND times > 0 GROUP BY campaign_id"
        )
    };
    let mails = |state: &str| format!(r#"{{"id":{one},"query":{{"state":"{state}","search":"","after":null}}}}"#);
    let functions = [
        ("the list of campaigns", "list_campaigns", r#"{"query":""}"#.to_owned(), Vec::new()),
        ("figures of the fifty on it", "campaign_figures", format!(r#"{{"ids":[{all}]}}"#), vec![sent(&all), reacted(&all)]),
        ("a campaign", "get_campaign", format!(r#"{{"id":{one}}}"#), vec![sent(one)]),
        ("its report", "campaign_report", format!(r#"{{"id":{one}}}"#), vec![sent(one), reacted(one)]),
        ("its mails", "list_campaign_mails", mails(""), Vec::new()),
        ("those that were opened", "list_campaign_mails", mails("opened"), Vec::new()),
        ("those that were clicked", "list_campaign_mails", mails("clicked"), Vec::new()),
    ];
    let mut passed = true;
    for (name, function, json, statements) in functions {
        let measured = EFFORT.best(&server.client, &[server.client.function(function, &json)], 1)?;
        let sql = statements.iter().map(|sql| database.time(std::slice::from_ref(sql))).sum::<Result<f64, String>>()?;
        let good = measured.p50 <= (FIGURES * sql).max(QUICK);
        let (bare, ratio) =
            if sql > 0.0 { (format!("{sql:.2}"), format!("{:.2}", measured.p50 / sql)) } else { Default::default() };
        println!(
            "{name:<52}{:>10.2}{:>10.2}{bare:>10}{ratio:>8}{}",
            measured.p50,
            measured.p99,
            if good { "" } else { "  FAIL" }
        );
        passed &= good;
    }
    Ok(passed)
}
