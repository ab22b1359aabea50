//! What mail servers, mailbox providers and recipients call: unsubscribing, bounces, complaints.

mod support;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use clientele::args;
use clientele::base::{CustomerId, MailId, Timestamp};
use clientele::messages::reactions::{link_token, open_token};
use clientele::messages::unsubscribe::{message_id, token};
use clientele::server::Db;

use support::{Answer, NOW, TestApp, customer, integer, on_sqlite};

/// A mail that was sent to a new customer who agreed to advertising.
async fn sent(app: &TestApp, email: &str) -> (CustomerId, MailId) {
    let db = &app.state.db;
    let id = customer(email).insert(db).await;
    let tx = db.begin().await.expect("a transaction");
    tx.execute("UPDATE customers SET marketing_email = TRUE, locale = 'de' WHERE id = $1", args![id]).await.expect("consent");
    (id, another(app, id, email, tx).await)
}

async fn another(app: &TestApp, customer: CustomerId, email: &str, tx: clientele::server::Tx) -> MailId {
    let key = format!("test:{}", rand::random::<u64>());
    let mail = tx
        .insert(
            "INSERT INTO outbox (customer_id, recipient, template, locale, data, dedup_key, created_at, state, sent_at)
             VALUES ($1, $2, 't', 'de', '{}', $3, $4, 'sent', $4) RETURNING id",
            args![customer, email, key, app.state.clock.now()],
        )
        .await
        .expect("a mail");
    tx.commit().await.expect("a commit");
    MailId(mail)
}

async fn agrees(db: &Db, id: CustomerId) -> bool {
    integer(db, "SELECT COUNT(*) FROM customers WHERE id = $1 AND marketing_email", args![id]).await == 1
}

async fn ask(app: &TestApp, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "shop.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

#[tokio::test]
async fn one_click_ends_advertising_and_nothing_else_does() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (id, mail) = sent(&app, "ana@x.example").await;
        let path = format!("/unsubscribe/{}", token(&app.state, id, mail));
        let page = ask(&app, Method::GET, &path, "", &[]).await;
        assert!(page.status == StatusCode::OK && page.body.contains("Alle Werbung abbestellen"), "{}", page.body);
        assert!(
            page.header("content-security-policy").contains("default-src 'none'")
                && page.header("referrer-policy") == "no-referrer"
        );
        assert_eq!(page.header("set-cookie"), "");
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            ask(&app, method, &path, "List-Unsubscribe=One-Click", &[]).await;
        }
        for bad in ["", "x", &"A".repeat(43), &path[13..55], &format!("{}A", &path[13..])] {
            let answer = ask(&app, Method::POST, &format!("/unsubscribe/{bad}"), "List-Unsubscribe=One-Click", &[]).await;
            assert!(answer.status.is_client_error() || answer.status.is_redirection(), "{bad} {}", answer.status);
        }
        // One letter after the other: none of them may count for nothing.
        let good = &path[13..];
        for at in 0..good.len() - 1 {
            let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
            let tampered = format!("/unsubscribe/{}{other}{}", &good[..at], &good[at + 1..]);
            let answer = ask(&app, Method::POST, &tampered, "List-Unsubscribe=One-Click", &[]).await;
            assert!(answer.status == StatusCode::NOT_FOUND && answer.body.contains("does not hold"), "{at}");
        }
        assert!(agrees(&db, id).await, "only a POST to the right address acts");
        for _ in 0..2 {
            let kind = [("content-type", "application/x-www-form-urlencoded")];
            let done = ask(&app, Method::POST, &path, "List-Unsubscribe=One-Click", &kind).await;
            assert!(done.status == StatusCode::OK && done.body.contains("abgemeldet"), "{}", done.body);
        }
        assert!(!agrees(&db, id).await);
        let log =
            "SELECT COUNT(*) FROM consents WHERE customer_id = $1 AND purpose = 'marketing_email' AND NOT granted AND at = $2";
        assert_eq!(integer(&db, log, args![id, NOW]).await, 1, "it is logged once");
        assert_eq!(
            integer(&db, "SELECT COUNT(*) FROM mail_events WHERE mail_id = $1 AND kind = 'unsubscribed'", args![mail]).await,
            1
        );
        let page = ask(&app, Method::GET, &path, "", &[]).await;
        assert!(page.body.contains("keine Werbung") && !page.body.contains("<form"), "{}", page.body);
    })
    .await;
}

#[tokio::test]
async fn topics_are_chosen_and_choosing_none_ends_all() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (id, mail) = sent(&app, "ana@x.example").await;
        let path = format!("/unsubscribe/{}", token(&app.state, id, mail));
        let choose = async |body: &str| ask(&app, Method::POST, &format!("{path}/topics"), body, &[]).await.status;
        let declined = async || {
            clientele::messages::suppression::store::declined(&db, id)
                .await
                .expect("topics")
                .into_iter()
                .map(|topic| topic.code())
                .collect::<Vec<_>>()
        };
        assert_eq!(choose("topic=newsletter&topic=products&topic=nonsense").await, StatusCode::OK);
        assert_eq!((declined().await, agrees(&db, id).await), (vec!["offers"], true));
        let page = ask(&app, Method::GET, &path, "", &[]).await.body;
        assert!(page.contains("value=\"newsletter\" checked") && !page.contains("value=\"offers\" checked"), "{page}");
        assert_eq!(choose("topic=offers").await, StatusCode::OK);
        assert_eq!(declined().await, ["newsletter", "products"]);
        assert_eq!(choose("").await, StatusCode::OK);
        assert!(!agrees(&db, id).await);
        // Nobody can be talked back in by a link.
        assert_eq!(choose("topic=newsletter&topic=offers&topic=products").await, StatusCode::OK);
        assert!(!agrees(&db, id).await);
        assert!(ask(&app, Method::POST, "/unsubscribe/x/topics", "topic=offers", &[]).await.status == StatusCode::NOT_FOUND);
        let huge = "topic=offers&".repeat(2_000);
        assert_eq!(choose(&huge).await, StatusCode::PAYLOAD_TOO_LARGE);
    })
    .await;
}

fn signature(app: &TestApp, at: Timestamp, body: &str) -> String {
    use hkdf::hmac::{Hmac, Mac};
    let time = (at.0 / Timestamp::SECOND).to_string();
    let mut mac = <Hmac<sha2::Sha256> as Mac>::new_from_slice(app.state.keys.mail_secret().as_bytes()).expect("a key");
    mac.update(format!("{time}.{body}").as_bytes());
    let hash: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hash}")
}

#[tokio::test]
async fn bounces_and_complaints_are_signed_and_count_once() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (bounced, first) = sent(&app, "bounced@x.example").await;
        let (annoyed, second) = sent(&app, "annoyed@x.example").await;
        let event = |kind: &str, mail: MailId, more: &str| {
            format!(r#"{{"event":"{kind}","message_id":"<{}>"{more}}}"#, message_id(&app.state, mail))
        };
        let body = format!(
            r#"{{"events":[{},{},{},{}]}}"#,
            event("bounce", first, r#","type":"hard","detail":"5.1.1 no such user""#),
            event("complaint", second, ""),
            event("delivered", second, ""),
            r#"{"event":"bounce","type":"hard","message_id":"<1.00112233445566778899aabbccddeeff@x.example>"}"#,
        );
        let post = async |body: &str, signature: &str| {
            ask(&app, Method::POST, "/mail/events", body, &[("clientele-signature", signature)]).await
        };
        for wrong in [
            "",
            "t=1",
            "v1=00",
            &signature(&app, NOW, "other"),
            &signature(&app, NOW.plus(-301 * Timestamp::SECOND), &body),
            &signature(&app, NOW, &body).replace("t=1", "t=2"),
        ] {
            let answer = post(&body, wrong).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wrong}");
        }
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM suppressions", args![]).await, 0);
        for _ in 0..2 {
            let answer = post(&body, &signature(&app, NOW, &body)).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "2 of our mails\n"));
        }
        let listed = "SELECT COUNT(*) FROM suppressions WHERE email_key = $1 AND reason = $2 AND lifted_at = 0";
        assert_eq!(integer(&db, listed, args!["bounced@x.example", "bounced"]).await, 1);
        assert_eq!(integer(&db, listed, args!["annoyed@x.example", "complained"]).await, 1);
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM suppressions", args![]).await, 2);
        assert!(agrees(&db, bounced).await && !agrees(&db, annoyed).await);
        let nonsense = "{";
        assert_eq!(post(nonsense, &signature(&app, NOW, nonsense)).await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_given_up_when_mail_after_mail_bounces() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (id, first) = sent(&app, "full@x.example").await;
        let mut mails = vec![first];
        for _ in 0..3 {
            mails.push(another(&app, id, "full@x.example", db.begin().await.expect("a transaction")).await);
        }
        let report = async |mail: MailId| {
            let id = message_id(&app.state, mail);
            let eml = format!(
                "From: x@mx.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
                 --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; full@x.example\r\n\
                 Action: failed\r\nStatus: 5.2.2\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n\r\n--b--\r\n"
            );
            ask(&app, Method::POST, "/mail/reports", &eml, &[("clientele-signature", &signature(&app, NOW, &eml))]).await.body
        };
        let listed = async || integer(&db, "SELECT COUNT(*) FROM suppressions WHERE email_key = 'full@x.example'", args![]).await;
        // The second arrived, so the first no longer counts.
        for (at, expected) in [(0, 0), (2, 0), (2, 0), (3, 0), (1, 1)] {
            assert_eq!(report(mails[at]).await, "taken in\n");
            assert_eq!(listed().await, expected, "{at}");
        }
        let other = "Subject: Out of office\r\n\r\nAway.";
        let answer = ask(&app, Method::POST, "/mail/reports", other, &[("clientele-signature", &signature(&app, NOW, other))]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

/// A mail of a campaign that was sent an hour ago, and its two links.
async fn of_campaign(app: &TestApp, email: &str) -> (MailId, [i64; 2]) {
    let db = &app.state.db;
    let (_, mail) = sent(app, email).await;
    let tx = db.begin().await.expect("a transaction");
    let sql =
        "INSERT INTO campaigns (name, topic, subject, preheader, layout, body, text, audience, state, created_at, updated_at)
        VALUES ('c', 'offers', 's', '', 'card', 'b', '', '{}', 'sent', 0, 0) RETURNING id";
    let campaign = tx.insert(sql, args![]).await.expect("a campaign");
    let handed = app.state.clock.now().plus(-Timestamp::HOUR);
    let sql = "UPDATE outbox SET campaign_id = $2, handed_at = $3 WHERE id = $1";
    tx.execute(sql, args![mail, campaign, handed]).await.expect("its mail");
    let mut links = [0; 2];
    for (at, target) in
        ["https://shop.example/für?a=1&b=2", "https://shop.example/?n={{ (customer.first_name)|urlencode }}"].iter().enumerate()
    {
        let sql = "INSERT INTO campaign_links (campaign_id, position, target) VALUES ($1, $2, $3) RETURNING id";
        links[at] = tx.insert(sql, args![campaign, at as i64, *target]).await.expect("a link");
    }
    tx.commit().await.expect("a commit");
    (mail, links)
}

const PHONE: &[(&str, &str)] = &[("user-agent", "Mozilla/5.0 (iPhone) Safari")];

/// What is counted, once that is `wanted`: it is written after the answer.
async fn counts(db: &Db, what: &str, wanted: i64) -> bool {
    let sql = format!("SELECT CAST(COALESCE(SUM({what}), 0) AS BIGINT) FROM mail_reactions");
    for _ in 0..500 {
        if integer(db, &sql, args![]).await == wanted {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn links_lead_where_the_campaign_says_and_nowhere_else() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (mail, links) = of_campaign(&app, "ana@x.example").await;
        let path = format!("/l/{}", link_token(&app.state, mail, links[0]));
        let answer = ask(&app, Method::GET, &path, "", PHONE).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::FOUND, "https://shop.example/f%C3%BCr?a=1&b=2"));
        assert!(answer.header("cache-control") == "no-store" && answer.header("referrer-policy") == "no-referrer");
        assert_eq!(answer.header("set-cookie"), "");
        assert!(counts(&db, "times", 1).await);
        app.state.clock.advance(Timestamp::HOUR);
        let own = ask(&app, Method::GET, &format!("/l/{}", link_token(&app.state, mail, links[1])), "", PHONE).await;
        assert!(own.location().starts_with("https://shop.example/?n="), "{}", own.location());
        assert!(counts(&db, "times", 2).await);
        // To know whether it is there is not to follow it.
        let head = ask(&app, Method::HEAD, &path, "", PHONE).await;
        assert_eq!((head.status, head.location()), (StatusCode::FOUND, "https://shop.example/f%C3%BCr?a=1&b=2"));
        assert!(counts(&db, "machine_times", 1).await && counts(&db, "times", 2).await);

        let good = &path[3..];
        for at in 0..good.len() {
            let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
            let tampered = format!("/l/{}{other}{}", &good[..at], &good[at + 1..]);
            let answer = ask(&app, Method::GET, &tampered, "", PHONE).await;
            assert!(answer.status == StatusCode::NOT_FOUND && answer.body.contains("does not hold"), "{at} {}", answer.status);
        }
        let open = open_token(&app.state, mail);
        let bad = [
            "x".to_owned(),
            "A".repeat(43),
            "A".repeat(5_000),
            good[..42].to_owned(),
            open,
            link_token(&app.state, mail, 999),
            "https:%2F%2Fevil.example".into(),
            "%00".into(),
        ];
        for bad in bad {
            let answer = ask(&app, Method::GET, &format!("/l/{bad}"), "", PHONE).await;
            assert!(answer.status.is_client_error() && answer.location().is_empty(), "{bad} {}", answer.status);
        }
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            assert!(ask(&app, method, &path, "", PHONE).await.status.is_client_error());
        }
        // A link works for ever; whether it is followed is of interest for half a year.
        app.state.clock.advance(200 * Timestamp::DAY);
        let late = ask(&app, Method::GET, &path, "", PHONE).await;
        assert_eq!(late.status, StatusCode::FOUND);
        // A mail that is gone leads on as well.
        let gone = ask(&app, Method::GET, &format!("/l/{}", link_token(&app.state, MailId(9_999), links[0])), "", PHONE).await;
        assert_eq!(gone.status, StatusCode::FOUND);
        assert!(counts(&db, "times + machine_times", 3).await);
    })
    .await;
}

#[tokio::test]
async fn a_picture_says_that_a_mail_was_opened() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let (mail, _) = of_campaign(&app, "ana@x.example").await;
        let path = format!("/o/{}", open_token(&app.state, mail));
        let answer = ask(&app, Method::GET, &path, "", PHONE).await;
        assert!(answer.status == StatusCode::OK && answer.header("content-type") == "image/gif");
        assert!(answer.header("cache-control") == "no-store" && answer.header("set-cookie").is_empty());
        assert!(counts(&db, "times", 1).await);
        for (agent, wanted) in [("Mozilla/5.0", 1), ("", 2), ("Googlebot/2.1", 3)] {
            assert_eq!(ask(&app, Method::GET, &path, "", &[("user-agent", agent)]).await.status, StatusCode::OK);
            assert!(counts(&db, "machine_times", wanted).await, "{agent}");
        }
        let ahead = [PHONE[0], ("sec-purpose", "prefetch;prerender")];
        assert_eq!(ask(&app, Method::HEAD, &path, "", PHONE).await.status, StatusCode::OK);
        assert_eq!(ask(&app, Method::GET, &path, "", &ahead).await.status, StatusCode::OK);
        assert!(counts(&db, "machine_times", 5).await && counts(&db, "times", 1).await);
        let good = &path[3..];
        for at in 0..good.len() {
            let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
            let tampered = format!("/o/{}{other}{}", &good[..at], &good[at + 1..]);
            assert_eq!(ask(&app, Method::GET, &tampered, "", PHONE).await.status, StatusCode::NOT_FOUND, "{at}");
        }
        assert!(counts(&db, "times + machine_times", 6).await);
    })
    .await;
}
