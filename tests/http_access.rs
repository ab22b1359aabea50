//! Who gets in where: every page, route and server function × every role × nobody; logging in; the headers around it all.

mod support;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clientele::args;
use clientele::base::Timestamp;
use clientele::office::staff::{Right, Role};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::{PASSWORD, TestApp, integer, on_sqlite};

/// The right that each server function asks for, and arguments that read. A function that is not here fails the test: say
/// here what it needs before anybody can call it.
const FUNCTIONS: &[(&str, Right, &str)] = &[
    (
        "add_address",
        Right::EditCustomers,
        r#"{"id":999,"form":{"recipient":"","company":"","street":"","line2":"","postal_code":"","city":"","region":"","country":"","phone":"","default_shipping":false,"default_billing":false}}"#,
    ),
    (
        "add_campaign",
        Right::SendCampaigns,
        r#"{"form":{"name":"","topic":"newsletter","subject":"","preheader":"","layout":"card","body":"","text":"","audience":{"include":[],"exclude":[]}}}"#,
    ),
    (
        "add_customer",
        Right::EditCustomers,
        r#"{"new":{"first_name":"","last_name":"","company":"","email":"","phone":"","group":null,"tags":""}}"#,
    ),
    ("add_note", Right::EditCustomers, r#"{"id":999,"form":{"kind":"general","body":"","pinned":false}}"#),
    ("adjust_points", Right::AdjustMoney, r#"{"id":999,"form":{"points":"5","reason":"goodwill","note":"x"},"key":"k"}"#),
    ("apply_assignment_rule", Right::ManageSettings, r#"{"target":{"group":999}}"#),
    ("approve_return", Right::EditOrders, r#"{"id":999,"version":1,"answer":""}"#),
    ("archive_group", Right::ManageSettings, r#"{"id":999,"archived":true}"#),
    ("archive_segment", Right::BulkEdit, r#"{"id":999,"archived":true}"#),
    ("audience_choices", Right::SendCampaigns, r#"{"id":999}"#),
    ("await_draft_payment", Right::EditOrders, r#"{"order":999,"version":1,"edit":{}}"#),
    ("begin_campaign", Right::SendCampaigns, r#"{"name":"Spring","start":"Nothing"}"#),
    ("begin_draft", Right::EditOrders, r#"{"customer":999}"#),
    ("bill_to_shipping_address", Right::EditCustomers, r#"{"id":999}"#),
    ("blank_segment", Right::BulkEdit, r#"{"like":null,"list":null}"#),
    ("cancel_job", Right::View, r#"{"id":1}"#),
    ("cancel_order", Right::EditOrders, r#"{"order":999,"version":1,"reason":"x"}"#),
    ("capture_payment", Right::EditOrders, r#"{"payment":999,"version":1,"amount":"1"}"#),
    ("change_own_password", Right::View, r#"{"current":"x","new":"short"}"#),
    ("change_staff", Right::ManageStaff, r#"{"id":999,"form":{"name":"","email":"","role":"support","branches":null}}"#),
    (
        "check_campaign",
        Right::SendCampaigns,
        r#"{"id":999,"form":{"name":"","topic":"newsletter","subject":"","preheader":"","layout":"card","body":"","text":"","audience":{"include":[],"exclude":[]}}}"#,
    ),
    ("check_gift_card", Right::View, r#"{"code":"2222-2222-2222-2222-2222"}"#),
    ("complete_draft", Right::EditOrders, r#"{"order":999,"edit":{},"completion":{}}"#),
    ("count_audience", Right::SendCampaigns, r#"{"id":999,"audience":{"include":["everybody"],"exclude":[]},"topic":"offers"}"#),
    ("count_tagged", Right::BulkEdit, r#"{"tags":[]}"#),
    ("copy_template", Right::SendCampaigns, r#"{"name":"nothing","locale":"en"}"#),
    ("create_template", Right::SendCampaigns, r#"{"title":"","from":""}"#),
    ("customer_analytics", Right::View, r#"{"customer":999,"period":""}"#),
    ("customer_timeline", Right::View, r#"{"customer":999,"query":""}"#),
    ("count_orders", Right::View, "{}"),
    ("decide_doubts", Right::SendCampaigns, r#"{"id":999,"again":false}"#),
    ("decide_mail", Right::SendCampaigns, r#"{"id":999,"again":false}"#),
    ("delete_address", Right::EditCustomers, r#"{"address":999}"#),
    ("change_view", Right::View, r#"{"id":999,"name":"x","shared":false,"query":null}"#),
    ("delete_assignment_rule", Right::ManageSettings, r#"{"target":{"tag":999},"version":1}"#),
    ("delete_campaign", Right::SendCampaigns, r#"{"id":999}"#),
    ("delete_customer", Right::DeleteCustomers, r#"{"id":999}"#),
    ("delete_draft", Right::EditOrders, r#"{"order":999}"#),
    ("delete_group", Right::ManageSettings, r#"{"id":999}"#),
    ("delete_note", Right::EditCustomers, r#"{"note":999,"undo":false}"#),
    ("delete_segment", Right::BulkEdit, r#"{"id":999}"#),
    ("delete_tag", Right::BulkEdit, r#"{"id":999}"#),
    ("delete_view", Right::View, r#"{"id":999}"#),
    ("duplicate_campaign", Right::SendCampaigns, r#"{"id":999,"suffix":"(copy)"}"#),
    ("disable_gift_card", Right::AdjustMoney, r#"{"card":999,"note":"x"}"#),
    (
        "edit_address",
        Right::EditCustomers,
        r#"{"address":999,"version":1,"form":{"recipient":"","company":"","street":"","line2":"","postal_code":"","city":"","region":"","country":"","phone":"","default_shipping":false,"default_billing":false}}"#,
    ),
    ("choose_winner", Right::SendCampaigns, r#"{"id":999,"winner":0}"#),
    ("deliver_order", Right::EditOrders, r#"{"order":999,"version":1,"shipment":null}"#),
    ("edit_note", Right::EditCustomers, r#"{"note":999,"version":1,"form":{"kind":"general","body":"","pinned":false}}"#),
    ("enable_gift_card", Right::AdjustMoney, r#"{"card":999}"#),
    ("email_invoice", Right::EditOrders, r#"{"invoice":999,"key":"x"}"#),
    ("end_session", Right::View, r#"{"id":999}"#),
    ("enrol_customer", Right::EditCustomers, r#"{"id":999}"#),
    ("find_candidates", Right::View, r#"{"text":"a"}"#),
    ("find_mail_products", Right::SendCampaigns, r#"{"text":"a"}"#),
    ("find_products", Right::EditOrders, r#"{"order":999,"text":"tea"}"#),
    ("find_recipients", Right::SendCampaigns, r#"{"text":"a"}"#),
    ("find_same_contact", Right::EditCustomers, r#"{"email":"","phone":"","except":null}"#),
    ("get_campaign", Right::View, r#"{"id":999}"#),
    ("get_order", Right::View, r#"{"order":999}"#),
    ("get_own_account", Right::View, "{}"),
    ("get_mail_setup", Right::ManageSettings, "{}"),
    ("get_settings", Right::ManageSettings, "{}"),
    (
        "give_credit",
        Right::AdjustMoney,
        r#"{"id":999,"form":{"amount":"5","reason":"goodwill","note":"","expiry":{"choice":"","day":""}},"key":"k"}"#,
    ),
    ("hold_of_group", Right::ManageSettings, r#"{"id":999}"#),
    ("invite_staff", Right::ManageStaff, r#"{"form":{"name":"","email":"","role":"support","branches":null}}"#),
    ("invite_staff_again", Right::ManageStaff, r#"{"id":999}"#),
    (
        "issue_gift_card",
        Right::AdjustMoney,
        r#"{"id":999,"form":{"amount":"5","currency":"USD","message":"","expiry":{"choice":"day","day":"2030-01-01"}},"key":"k"}"#,
    ),
    (
        "issue_gift_card_batch",
        Right::AdjustMoney,
        r#"{"form":{"name":"x","count":"2","amount":"5","currency":"USD","expiry":{"choice":"never","day":""}},"key":"k"}"#,
    ),
    ("issue_credit_notes", Right::EditOrders, r#"{"order":999}"#),
    ("issue_invoice", Right::EditOrders, r#"{"order":999}"#),
    ("last_customer_order", Right::View, r#"{"customer":999}"#),
    ("list_addresses", Right::View, r#"{"id":999}"#),
    ("list_all_tags", Right::View, r#"{"query":""}"#),
    ("list_api_keys", Right::ManageSettings, "{}"),
    ("list_audit", Right::ManageStaff, r#"{"query":""}"#),
    (
        "list_audience",
        Right::SendCampaigns,
        r#"{"id":999,"audience":{"include":["everybody"],"exclude":[]},"topic":"offers","fate":"capped","after":null}"#,
    ),
    ("list_campaign_mails", Right::View, r#"{"id":999,"query":{"state":"","search":"","after":null}}"#),
    ("list_campaigns", Right::View, r#"{"query":"state=draft"}"#),
    ("list_choices", Right::View, "{}"),
    ("list_customer_activity", Right::View, r#"{"id":999,"before":null}"#),
    ("list_customer_drafts", Right::View, r#"{"customer":999}"#),
    ("list_customer_orders", Right::View, r#"{"customer":999,"query":""}"#),
    ("list_customers", Right::View, r#"{"query":""}"#),
    ("list_gift_cards", Right::View, r#"{"query":""}"#),
    ("list_groups", Right::View, "{}"),
    ("list_in_words", Right::View, r#"{"query":"orders_min=3"}"#),
    ("list_membership_history", Right::View, r#"{"id":999,"before":1}"#),
    ("list_memberships", Right::View, r#"{"id":999}"#),
    ("list_my_jobs", Right::View, "{}"),
    ("list_note_versions", Right::View, r#"{"note":999}"#),
    ("list_notes", Right::View, r#"{"id":999}"#),
    ("list_order_invoices", Right::View, r#"{"order":999}"#),
    ("list_orders", Right::View, r#"{"query":""}"#),
    ("list_outbox", Right::View, r#"{"query":""}"#),
    ("list_price_lists", Right::ManageSettings, "{}"),
    ("list_products", Right::ManageSettings, r#"{"query":""}"#),
    ("list_promotions", Right::ManageSettings, r#"{"query":""}"#),
    ("list_readers", Right::SendCampaigns, r#"{"id":999,"audience":{"include":[],"exclude":[]},"topic":"offers"}"#),
    ("list_returns", Right::View, r#"{"query":""}"#),
    ("list_segment_events", Right::View, r#"{"id":999,"before":null}"#),
    ("list_segments", Right::View, "{}"),
    ("list_templates", Right::SendCampaigns, r#"{}"#),
    ("list_tests", Right::SendCampaigns, r#"{"ids":[999]}"#),
    ("merge_tags", Right::BulkEdit, r#"{"tags":[],"into":999}"#),
    ("campaign_figures", Right::View, r#"{"ids":[999]}"#),
    ("campaign_report", Right::View, r#"{"id":999}"#),
    ("plan_campaign", Right::SendCampaigns, r#"{"id":999,"schedule":null}"#),
    ("move_campaign", Right::SendCampaigns, r#"{"id":999,"to":"pause"}"#),
    ("move_group", Right::ManageSettings, r#"{"from":999,"to":998,"archive":false}"#),
    ("offer_rule_values", Right::View, r#"{"values":"tags","field":null,"typed":""}"#),
    ("next_recipient", Right::SendCampaigns, r#"{"of":null,"forward":true}"#),
    ("open_assignment_rule", Right::ManageSettings, r#"{"target":{"group":999}}"#),
    ("open_draft", Right::EditOrders, r#"{"order":999}"#),
    ("open_group", Right::View, r#"{"id":999}"#),
    ("open_mail", Right::View, r#"{"id":999}"#),
    ("open_price_list", Right::ManageSettings, r#"{"list":999,"query":""}"#),
    ("open_segment", Right::View, r#"{"id":999}"#),
    ("own_order_columns", Right::View, "{}"),
    ("pick_mail_products", Right::SendCampaigns, r#"{"rule":"newest"}"#),
    ("pin_membership", Right::EditCustomers, r#"{"id":999,"target":{"tag":1},"pinned":true}"#),
    ("pin_pricing_group", Right::EditCustomers, r#"{"id":999,"pinned":true}"#),
    ("preview_assignment_rule", Right::ManageSettings, r#"{"target":{"group":999},"form":{"rule":"orders > 3"}}"#),
    ("open_template", Right::SendCampaigns, r#"{"name":"nothing","locale":"en"}"#),
    ("own_order_columns", Right::View, "{}"),
    ("pin_membership", Right::EditCustomers, r#"{"id":999,"target":{"tag":1},"pinned":true}"#),
    ("pin_pricing_group", Right::EditCustomers, r#"{"id":999,"pinned":true}"#),
    ("preview_assignment_rule", Right::ManageSettings, r#"{"target":{"group":999},"form":{"rule":"quick=vip"}}"#),
    (
        "preview_campaign",
        Right::SendCampaigns,
        r#"{"draft":{"layout":"card","subject":"Hi","preheader":"","body":"<p>a</p>","text":null},"recipient":null}"#,
    ),
    (
        "preview_template",
        Right::SendCampaigns,
        r#"{"name":"welcome","locale":"en","draft":{"layout":"card","subject":"Hi","preheader":"","body":"<p>a</p>","text":null},"recipient":null}"#,
    ),
    ("price_draft", Right::EditOrders, r#"{"order":999,"edit":{}}"#),
    ("recover_draft", Right::EditOrders, r#"{"order":999}"#),
    ("reorder_order", Right::EditOrders, r#"{"order":999}"#),
    ("restore_campaign", Right::SendCampaigns, r#"{"id":999}"#),
    ("restore_draft", Right::EditOrders, r#"{"sealed":""}"#),
    ("rule_preview", Right::View, r#"{"text":"orders > 3"}"#),
    ("save_assignment_rule", Right::ManageSettings, r#"{"target":{"group":999},"version":null,"form":{"rule":"orders > 3"}}"#),
    ("restore_template", Right::SendCampaigns, r#"{"name":"nothing","locale":"en","number":null}"#),
    ("retire_template", Right::SendCampaigns, r#"{"name":"nothing","retired":true}"#),
    ("save_assignment_rule", Right::ManageSettings, r#"{"target":{"group":999},"version":null,"form":{"rule":"quick=vip"}}"#),
    (
        "save_campaign",
        Right::SendCampaigns,
        r#"{"id":999,"version":1,"form":{"name":"","topic":"newsletter","subject":"","preheader":"","layout":"card","body":"","text":"","audience":{"include":[],"exclude":[]}}}"#,
    ),
    ("save_draft", Right::EditOrders, r#"{"order":999,"version":1,"edit":{}}"#),
    ("save_group", Right::ManageSettings, r#"{"id":null,"form":{},"base":{}}"#),
    ("save_list_price", Right::ManageSettings, r#"{"list":999,"product":999,"price":"1"}"#),
    ("save_order_columns", Right::View, r#"{"columns":["total"]}"#),
    ("list_staff", Right::ManageStaff, "{}"),
    ("open_add_customer", Right::EditCustomers, r#"{}"#),
    ("open_composer", Right::SendCampaigns, r#"{"id":999}"#),
    ("open_credit", Right::View, r#"{"id":999,"before":null}"#),
    ("open_credit_statement", Right::View, r#"{"id":999,"month":"2026-03"}"#),
    ("open_desk", Right::SendCampaigns, "{}"),
    ("open_details", Right::View, r#"{"id":999}"#),
    ("open_gift_cards", Right::View, r#"{"id":999}"#),
    ("open_loyalty", Right::View, r#"{"id":999,"before":null}"#),
    ("open_profile", Right::View, r#"{"id":999}"#),
    ("palette_search", Right::View, r#"{"text":"ann"}"#),
    (
        "pay_order",
        Right::EditOrders,
        r#"{"order":999,"version":1,"form":{"method":"card","amount":"1","reference":"","authorise":false}}"#,
    ),
    ("pin_note", Right::EditCustomers, r#"{"note":999,"pinned":true}"#),
    (
        "redeem_gift_card",
        Right::AdjustMoney,
        r#"{"id":999,"form":{"card":null,"code":"2222-2222-2222-2222-2222","amount":""},"key":"k"}"#,
    ),
    ("reduce_credit", Right::AdjustMoney, r#"{"id":999,"form":{"amount":"5","note":"x"},"key":"k"}"#),
    ("receive_return", Right::EditOrders, r#"{"id":999,"version":1}"#),
    ("refund_order", Right::Refund, r#"{"order":999,"version":1,"form":{"amount":"1","to":"original","reason":""}}"#),
    ("refuse_return", Right::EditOrders, r#"{"id":999,"version":1,"answer":"no"}"#),
    (
        "request_return",
        Right::EditOrders,
        r#"{"order":999,"version":1,"form":{"lines":[],"reason":"damaged","note":"","refund_to":"original","approve":false}}"#,
    ),
    ("revoke_api_key", Right::ManageSettings, r#"{"id":999}"#),
    ("save_columns", Right::View, r#"{"columns":""}"#),
    (
        "save_credit_settings",
        Right::ManageSettings,
        r#"{"form":{"enabled":"on","expiry_days":"0"},"base":{"enabled":"on","expiry_days":"0"}}"#,
    ),
    (
        "save_checkout",
        Right::ManageSettings,
        r#"{"form":{"shipping":"","tax_mode":"","tax":"","shipping_tax":"","order_prefix":"","abandoned_minutes":"","stuck_days":""},"base":{"shipping":"","tax_mode":"","tax":"","shipping_tax":"","order_prefix":"","abandoned_minutes":"","stuck_days":""}}"#,
    ),
    (
        "save_details",
        Right::EditCustomers,
        r#"{"id":999,"edit":{"version":1,"base":{"first_name":"","last_name":"","company":"","email":"","phone":"","account_number":"","date_of_birth":"","locale":"en","account_status":"active","email_confirmed":false,"marketing_email":false,"marketing_sms":false,"pricing_group":1,"groups":[],"tags":[],"branch":null,"department":null,"custom_fields":[]},"details":{"first_name":"","last_name":"","company":"","email":"","phone":"","account_number":"","date_of_birth":"","locale":"en","account_status":"active","email_confirmed":false,"marketing_email":false,"marketing_sms":false,"pricing_group":1,"groups":[],"tags":[],"branch":null,"department":null,"custom_fields":[]}}}"#,
    ),
    ("save_price_list", Right::ManageSettings, r#"{"edit":{"id":null,"name":"","currency":"","groups":[]}}"#),
    ("save_product", Right::ManageSettings, r#"{"edit":{"id":null,"form":{}}}"#),
    ("save_promotion", Right::ManageSettings, r#"{"edit":{"id":null,"form":{}}}"#),
    (
        "save_gift_card_settings",
        Right::ManageSettings,
        r#"{"form":{"enabled":"on","expiry_days":"0"},"base":{"enabled":"on","expiry_days":"0"}}"#,
    ),
    (
        "save_loyalty_settings",
        Right::ManageSettings,
        r#"{"form":{"enabled":"on","points_per_unit":"100","expiry_days":"365","tiers":"a\tA\t0\t1\t"},"base":{"enabled":"on","points_per_unit":"100","expiry_days":"365","tiers":""}}"#,
    ),
    (
        "save_mail_settings",
        Right::ManageSettings,
        r#"{"form":{"from_name":"","from_address":"","reply_to":"","per_second":"20","per_domain_per_second":"0","cap_mails":"4","cap_days":"7","retry_seconds":"60","tries":"9","stop_after_refusals":"20","soft_bounces":"3","resend_in_doubt":"off","follow":"on","attribution_days":"5","attribute_opens":"off"},"base":{"from_name":"","from_address":"","reply_to":"","per_second":"20","per_domain_per_second":"0","cap_mails":"4","cap_days":"7","retry_seconds":"60","tries":"9","stop_after_refusals":"20","soft_bounces":"3","resend_in_doubt":"off","follow":"on","attribution_days":"5","attribute_opens":"off"}}"#,
    ),
    ("save_map_settings", Right::ManageSettings, r#"{"form":{"google_key":""},"base":{"google_key":""}}"#),
    (
        "save_invoice_settings",
        Right::ManageSettings,
        r#"{"form":{"prefix":"","credit_note_prefix":"","company":"","address":"","tax_id":"","bank":"","footer":""},"base":{"prefix":"","credit_note_prefix":"","company":"","address":"","tax_id":"","bank":"","footer":""}}"#,
    ),
    ("save_segment", Right::BulkEdit, r#"{"id":null,"form":{},"base":{}}"#),
    (
        "save_shop",
        Right::ManageSettings,
        r#"{"form":{"name":"","website":"","base_currency":"USD","time_zone":"UTC","locale":"en"},"base":{"name":"","website":"","base_currency":"USD","time_zone":"UTC","locale":"en"}}"#,
    ),
    ("save_tag", Right::BulkEdit, r#"{"edit":{"id":null,"form":{"name":"","hue":null}}}"#),
    (
        "save_template",
        Right::SendCampaigns,
        r#"{"name":"nothing","locale":"en","based_on":0,"draft":{"layout":"card","subject":"Hi","preheader":"","body":"<p>a</p>","text":null}}"#,
    ),
    (
        "save_thresholds",
        Right::ManageSettings,
        r#"{"form":{"active_days":"","new_days":"","new_max_orders":"","one_time_days":"","vip":"","high_value":"","churn":"","free_mail":""},"base":{"active_days":"","new_days":"","new_max_orders":"","one_time_days":"","vip":"","high_value":"","churn":"","free_mail":""}}"#,
    ),
    ("save_view", Right::View, r#"{"name":"","query":"","shared":false}"#),
    ("segment_figures", Right::View, r#"{"id":999}"#),
    ("segments_of_customer", Right::View, r#"{"customer":999}"#),
    ("schedule_campaign", Right::SendCampaigns, r#"{"id":999,"schedule":{"day":20000,"minute":60}}"#),
    (
        "send_test",
        Right::SendCampaigns,
        r#"{"id":999,"draft":{"layout":"card","subject":"Hi","preheader":"","body":"<p>a</p>","text":null},"recipient":null,"addresses":["a@b.example"],"key":"k"}"#,
    ),
    ("send_test_mail", Right::ManageSettings, "{}"),
    ("set_credit_limit", Right::AdjustMoney, r#"{"id":999,"limit":"5"}"#),
    ("set_customer_blocked", Right::EditCustomers, r#"{"id":999,"blocked":true}"#),
    ("set_own_keys", Right::View, r#"{"on":true}"#),
    ("set_own_language", Right::View, r#"{"locale":"en"}"#),
    ("set_staff_active", Right::ManageStaff, r#"{"id":999,"active":true}"#),
    ("settle_return", Right::Refund, r#"{"id":999,"version":1,"form":{"amount":"1","to":"original","reason":""}}"#),
    ("ship_order", Right::EditOrders, r#"{"order":999,"version":1,"parcel":{"carrier":"","tracking":""},"another":false}"#),
    ("show_campaign", Right::View, r#"{"id":999}"#),
    ("start_bulk", Right::BulkEdit, r#"{"action":"Block","customers":{"ids":[]}}"#),
    ("start_campaign", Right::SendCampaigns, r#"{"id":999}"#),
    ("switch_promotion", Right::ManageSettings, r#"{"id":999,"on":true}"#),
    ("try_links", Right::SendCampaigns, r#"{"id":999}"#),
    ("undo_job", Right::BulkEdit, r#"{"id":999}"#),
    ("void_payment", Right::EditOrders, r#"{"payment":999,"version":1}"#),
    ("why_in_segment", Right::View, r#"{"id":999,"customer":999}"#),
];

/// The right that each page asks for; `None` is open to everybody. A page that is not here fails the test.
const PAGES: &[(&str, Option<Right>)] = &[
    ("/login", None),
    ("/setup", None),
    ("/invite/{token}", None),
    ("/customers", Some(Right::View)),
    ("/orders", Some(Right::View)),
    ("/orders/new", Some(Right::EditOrders)),
    ("/orders/{id}", Some(Right::View)),
    ("/orders/{id}/edit", Some(Right::EditOrders)),
    ("/campaigns", Some(Right::View)),
    ("/campaigns/new", Some(Right::SendCampaigns)),
    ("/campaigns/{id}", Some(Right::View)),
    ("/campaigns/{id}/edit", Some(Right::SendCampaigns)),
    ("/products", Some(Right::ManageSettings)),
    ("/outbox", Some(Right::View)),
    ("/outbox/{id}", Some(Right::View)),
    ("/templates", Some(Right::SendCampaigns)),
    ("/templates/{name}", Some(Right::SendCampaigns)),
    ("/products/lists", Some(Right::ManageSettings)),
    ("/products/lists/{id}", Some(Right::ManageSettings)),
    ("/promotions", Some(Right::ManageSettings)),
    ("/returns", Some(Right::View)),
    ("/orders/{id}/print", Some(Right::View)),
    ("/customers/new", Some(Right::EditCustomers)),
    ("/customers/rule", Some(Right::View)),
    ("/customers/{id}", Some(Right::View)),
    ("/customers/{id}/{tab}", Some(Right::View)),
    ("/customers/{id}/credit/statement", Some(Right::View)),
    ("/gift-cards", Some(Right::View)),
    ("/groups", Some(Right::View)),
    ("/groups/{id}", Some(Right::View)),
    ("/segments", Some(Right::View)),
    ("/segments/{id}", Some(Right::View)),
    ("/tags", Some(Right::View)),
    ("/settings", Some(Right::ManageSettings)),
    ("/settings/checkout", Some(Right::ManageSettings)),
    ("/settings/mail", Some(Right::ManageSettings)),
    ("/settings/staff", Some(Right::ManageStaff)),
    ("/settings/keys", Some(Right::ManageSettings)),
    ("/settings/audit", Some(Right::ManageStaff)),
    ("/settings/account", Some(Right::View)),
];

/// A program with a member of each role, and their cookies; no role at all is the empty cookie.
async fn with_everybody(db: &clientele::server::Db) -> (TestApp, Vec<(Option<Role>, String)>) {
    let app = TestApp::new(db).await;
    let mut cookies = vec![(None, String::new())];
    for role in Role::ALL {
        let cookie = app.log_in(role).await;
        cookies.push((Some(role), cookie));
    }
    (app, cookies)
}

#[tokio::test]
async fn every_server_function_asks_for_its_right() {
    on_sqlite(|db| async move {
        let (app, everybody) = with_everybody(&db).await;
        let table: BTreeMap<String, _> =
            FUNCTIONS.iter().map(|(name, right, json)| (format!("/fn/{name}"), (*right, *json))).collect();
        let paths: Vec<String> = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
        assert!(paths.len() >= table.len(), "every function in the table exists");
        for path in paths {
            let (right, json) = table.get(&path).unwrap_or_else(|| panic!("{path}: which right does it ask for?"));
            for (role, cookie) in &everybody {
                let answer = app.call(&path, cookie, json).await;
                match role {
                    None => assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} for nobody"),
                    Some(role) if role.has(*right) => {
                        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status);
                        assert!(
                            !refused && !answer.status.is_server_error(),
                            "{path} for {role:?}: {} {}",
                            answer.status,
                            answer.body
                        );
                    }
                    Some(role) => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} for {role:?}"),
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_while_another_server_starts() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let over = Arc::new(AtomicBool::new(false));
        let starting = std::thread::spawn({
            let (state, over) = (app.state.clone(), over.clone());
            move || {
                while !over.load(Ordering::Relaxed) {
                    drop(clientele::server::router::router(state.clone()));
                }
            }
        });
        for _ in 0..30 {
            assert_eq!(app.get("/groups", &cookie).await.status, StatusCode::OK);
        }
        over.store(true, Ordering::Relaxed);
        starting.join().expect("a thread");
    })
    .await;
}

#[tokio::test]
async fn every_page_asks_for_its_right() {
    on_sqlite(|db| async move {
        let (app, everybody) = with_everybody(&db).await;
        for route in clientele::server::router::page_routes() {
            let pattern = route.path().to_owned();
            let known = PAGES.iter().find(|(page, _)| *page == pattern);
            let (_, right) = known.unwrap_or_else(|| panic!("{pattern}: which right does it ask for?"));
            // Ids that nobody has.
            let part = |part: &str| if part.starts_with('{') { "999999".to_owned() } else { part.to_owned() };
            let path = pattern.split('/').map(part).collect::<Vec<_>>().join("/");
            for (role, cookie) in &everybody {
                let answer = app.get(&path, cookie).await;
                assert!(!answer.status.is_server_error(), "{path} for {role:?}: {}", answer.status);
                match (right, role) {
                    (None, _) => assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path}"),
                    (Some(_), None) => {
                        assert!(answer.status.is_redirection(), "{path} for nobody: {}", answer.status);
                        assert!(answer.location().starts_with("/login?next="), "{path} for nobody: {}", answer.location());
                    }
                    (Some(right), Some(role)) if role.has(*right) => {
                        assert_ne!(answer.status, StatusCode::FORBIDDEN, "{path} for {role:?}")
                    }
                    (Some(_), Some(role)) => assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} for {role:?}"),
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn other_routes_need_a_login_too() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let owner = app.log_in(Role::Owner).await;
        assert!(app.get("/jobs/1/events", "").await.location().starts_with("/login"));
        assert_eq!(app.get("/jobs/1/events", &owner).await.status, StatusCode::NOT_FOUND);
        assert!(app.get("/nowhere/at/all", "").await.location().starts_with("/login"));
        for open in ["/healthz", "/readyz", "/version", "/metrics"] {
            assert_eq!(app.get(open, "").await.status, StatusCode::OK, "{open}");
        }
        assert!(app.get("/", &owner).await.location().ends_with("/customers"));
    })
    .await;
}

#[tokio::test]
async fn the_first_run_makes_the_owner_once() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        for path in ["/", "/login"] {
            assert_eq!(app.get(path, "").await.location(), "/setup", "{path}");
        }
        assert_eq!(app.get("/setup", "").await.status, StatusCode::OK);
        let weak = app.post_form("/setup", "", "name=Ada&email=ada%40shop.example&password=short").await;
        assert!(weak.location().contains("staff.password_too_short"), "{}", weak.location());
        let form = "name=Ada&email=ada%40shop.example&password=correct+horse+battery";
        let made = app.post_form("/setup", "", form).await;
        assert_eq!(made.location(), "/customers");
        assert_eq!(app.get("/customers", &made.cookie()).await.status, StatusCode::OK);
        assert_eq!(app.get("/setup", "").await.location(), "/login");
        let again = app.post_form("/setup", "", "name=Eve&email=eve%40shop.example&password=correct+horse+battery").await;
        assert!(again.cookie().is_empty() && again.location().contains("error.forbidden"), "{}", again.location());
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM staff", args![]).await, 1);
    })
    .await;
}

/// The login form as `owner@staff.example` posts it.
fn login(password: &str, next: &str) -> String {
    let encode = clientele::base::query::encode;
    format!("email=owner%40staff.example&password={}&next={}", encode(password), encode(next))
}

#[tokio::test]
async fn logging_in_leads_back_to_where_one_was_and_nowhere_else() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        app.member(Role::Owner, None).await;
        let there = app.post_form("/login", "", &login(PASSWORD, "/customers?q=anna&sort=-spent")).await;
        assert_eq!(there.location(), "/customers?q=anna&sort=-spent");
        let set = there.header("set-cookie");
        assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
        for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
            let answer = app.post_form("/login", "", &login(PASSWORD, elsewhere)).await;
            assert_eq!(answer.location(), "/customers", "{elsewhere}");
        }
        // A session that ends sends to the login with the way back.
        let cookie = there.cookie();
        assert_eq!(app.get("/customers?q=anna", &cookie).await.status, StatusCode::OK);
        app.expire(&cookie).await;
        assert_eq!(app.get("/customers?q=anna", &cookie).await.location(), "/login?next=/customers%3Fq%3Danna&ended=1");
        assert_eq!(app.call("/fn/list_my_jobs", &cookie, "{}").await.status, StatusCode::UNAUTHORIZED);
        // Logging out ends the session on the server, not only the cookie.
        let cookie = app.post_form("/login", "", &login(PASSWORD, "")).await.cookie();
        app.post_form("/logout", &cookie, "").await;
        assert!(app.get("/customers", &cookie).await.location().starts_with("/login"));
    })
    .await;
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        app.member(Role::Owner, None).await;
        for _ in 0..5 {
            let wrong = app.post_form("/login", "", &login("wrong password", "")).await;
            assert!(wrong.cookie().is_empty() && wrong.location().contains("login.wrong"), "{}", wrong.location());
        }
        // Now even the right one has to wait, and the page says how long.
        let waits = app.post_form("/login", "", &login(PASSWORD, "")).await;
        assert!(waits.cookie().is_empty() && waits.location().contains("error.rate_limited&wait="), "{}", waits.location());
        app.state.clock.advance(5 * Timestamp::SECOND);
        assert!(!app.post_form("/login", "", &login(PASSWORD, "")).await.cookie().is_empty());
        let unknown = app.post_form("/login", "", "email=nobody%40x.example&password=wrong+password&next=").await;
        assert!(unknown.location().contains("login.wrong"), "who exists is not told");
    })
    .await;
}

#[tokio::test]
async fn other_sites_cannot_change_anything() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let from = |name: &'static str, value: &'static str| {
            Request::builder()
                .method(Method::POST)
                .uri("/fn/set_own_language")
                .header(header::HOST, "shop.example")
                .header(header::COOKIE, &cookie)
                .header(header::CONTENT_TYPE, "application/json")
                .header(name, value)
                .body(Body::from(r#"{"locale":"de"}"#))
                .expect("a request")
        };
        for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            assert_eq!(app.send(from(name, value)).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
        }
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM staff WHERE locale IS NOT NULL", args![]).await, 0);
        assert_eq!(app.send(from("origin", "https://shop.example")).await.status, StatusCode::OK);
        assert_eq!(integer(&db, "SELECT COUNT(*) FROM staff WHERE locale = 'de'", args![]).await, 1);
    })
    .await;
}

#[tokio::test]
async fn answers_carry_the_safe_headers() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        for path in ["/login", "/customers", "/nowhere", "/healthz"] {
            let answer = app.get(path, &cookie).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
            assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        let page = app.get("/customers", &cookie).await;
        let policy = page.header("content-security-policy");
        for part in ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("frame-src"), "nobody is framed without a key for maps: {policy}");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("a nonce").to_owned();
        assert!(page.body.contains(&nonce), "the page's scripts carry the nonce");
        assert!(!app.get("/customers", &cookie).await.header("content-security-policy").contains(&nonce), "a nonce is used once");
    })
    .await;
}

/// Mails are shown in pages without an origin, whose policy is their own: there pictures of other sites load, in the app's pages none.
#[tokio::test]
async fn only_the_stage_of_mails_loads_pictures_of_other_sites() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        for (path, pictures) in [("/mail-stage", "img-src data:;"), ("/mail-stage/pictures", "img-src data: https:;")] {
            let stage = app.get(path, "").await;
            let policy = stage.header("content-security-policy");
            let parts =
                ["default-src 'none'", "sandbox allow-scripts", "frame-ancestors 'self'", "script-src 'sha256-", pictures];
            assert!(stage.status == StatusCode::OK && parts.iter().all(|part| policy.contains(part)), "{path}: {policy}");
            assert!(!policy.contains("allow-same-origin") && !policy.contains("script-src 'unsafe-inline'"), "{policy}");
            // Its script is the one that the policy names.
            let script = stage.body.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a script");
            let hash = STANDARD.encode(Sha256::digest(script));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{policy}");
            assert_eq!(stage.header("referrer-policy"), "no-referrer");
            assert_eq!(stage.header("x-frame-options"), "SAMEORIGIN");
        }
        for path in ["/customers", "/templates", "/templates/welcome", "/outbox", "/campaigns"] {
            let policy = app.get(path, &cookie).await.header("content-security-policy").to_owned();
            assert!(policy.contains("img-src 'self' data:;"), "{path}: {policy}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_a_key_for_maps_lets_pages_frame_google() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let ana = support::customer("ana@shop.example").insert(&db).await;
        let key = format!("AIza{}", "Sy_-0".repeat(7));
        let save = |from: &str, to: &str| json!({"form": {"google_key": to}, "base": {"google_key": from}}).to_string();
        let addresses = format!("/customers/{ana}/addresses");
        for wrong in ["secret", "AIza' https://evil.example"] {
            let refused = app.call("/fn/save_map_settings", &cookie, &save("", wrong)).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        }
        assert_eq!(app.call("/fn/save_map_settings", &cookie, &save("", &key)).await.status, StatusCode::OK);
        let page = app.get(&addresses, &cookie).await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains("; frame-src 'self' https://www.google.com; "), "{policy}");
        assert!(page.body.contains(&key) && !page.body.contains("<iframe"), "a map comes when it is asked for");
        assert!(!app.get("/login", "").await.body.contains(&key), "the key is for the staff");
        let tried = app.get("/settings?map=show", &cookie).await;
        assert!(
            tried.body.contains(&format!("src=\"https://www.google.com/maps/embed/v1/place?key={key}&amp;q=Royal")),
            "tried in place"
        );
        let changed = "SELECT COUNT(*) FROM audit_entries WHERE action = 'settings.changed'";
        assert_eq!(integer(&db, changed, args![]).await, 1);
        assert_eq!(app.call("/fn/save_map_settings", &cookie, &save(&key, "")).await.status, StatusCode::OK);
        let page = app.get(&addresses, &cookie).await;
        assert!(!page.header("content-security-policy").contains("frame-src") && !page.body.contains(&key));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_exist_or_read_is_told_so() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let cookie = app.log_in(Role::Owner).await;
        let missing = app.get("/nowhere/at/all", &cookie).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert!(missing.body.contains("action=\"/customers\""), "with a search");
        for json in ["", "{", "[]", "{\"locale\":7}", "\u{0}", "{\"form\":{}}"] {
            let answer = app.call("/fn/save_shop", &cookie, json).await;
            assert!(answer.status.is_client_error(), "{json:?}: {} {}", answer.status, answer.body);
        }
        assert!(app.call("/fn/no_such_function", &cookie, "{}").await.status.is_client_error());
    })
    .await;
}

/// What nobody sends on purpose, for each value of `json` in turn: other types, no value, NUL and marks of direction, numbers
/// beyond every id, a megabyte of text.
fn spoilt(json: &str) -> Vec<String> {
    let whole: Value = serde_json::from_str(json).expect("arguments that read");
    let mut paths = Vec::new();
    collect_paths(&whole, String::new(), &mut paths);
    let long = "x".repeat(1_000_000);
    let values = [
        Value::Null,
        json!(""),
        json!("a\u{0}b\u{202e}\u{fffd}😀%_'\"\\"),
        json!(long),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(1e300),
        json!(true),
        json!([]),
        json!({}),
        json!(["\u{0}", "\u{0}"]),
    ];
    let mut all = Vec::new();
    for path in &paths {
        for value in &values {
            let mut spoilt = whole.clone();
            if let Some(place) = spoilt.pointer_mut(path) {
                *place = value.clone();
            }
            all.push(spoilt.to_string());
        }
    }
    all
}

fn collect_paths(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| collect_paths(value, format!("{path}/{key}"), paths)),
        _ => paths.push(path),
    }
}

/// Bodies that are no arguments at all, with their content type.
fn no_arguments() -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    vec![
        (json, Vec::new()),
        (json, b"\0".to_vec()),
        (json, vec![0xff, 0xfe, 0x80]),
        (json, b"{\"id\":\"\\ud800\"}".to_vec()),
        (json, vec![b'['; 100_000]),
        (json, b"[]".to_vec()),
        (json, b"null".to_vec()),
        ("application/x-www-form-urlencoded", b"id=1&query=%00%ff".to_vec()),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n".to_vec()),
        ("text/plain", b"hello".to_vec()),
        ("", b"{".to_vec()),
    ]
}

support::db_test!(no_garbage_is_a_fault_of_ours);
async fn no_garbage_is_a_fault_of_ours(db: clientele::server::Db) {
    let app = TestApp::new(&db).await;
    let owner = app.log_in(Role::Owner).await;
    // Of each kind a row that the functions can meet.
    support::customer("ann@example.com").insert(&db).await;
    let mut faults = Vec::new();
    for (name, _, json) in FUNCTIONS {
        // That one changes the password that the others are checked with, slowly.
        if *name == "change_own_password" {
            continue;
        }
        let path = format!("/fn/{name}");
        for (kind, body) in no_arguments() {
            let request = Request::builder().method(Method::POST).uri(&path).header(header::COOKIE, &owner);
            let request = if kind.is_empty() { request } else { request.header(header::CONTENT_TYPE, kind) };
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let answer = app.send(request.body(Body::from(body)).expect("a request")).await;
            if answer.status.is_server_error() {
                faults.push(format!("{path} {kind} {shown:?}: {} {}", answer.status, answer.body));
            }
        }
        for json in spoilt(json) {
            let answer = app.call(&path, &owner, &json).await;
            if answer.status.is_server_error() {
                let shown = json.chars().take(300).collect::<String>();
                faults.push(format!("{path} {shown}: {} {}", answer.status, answer.body));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn bodies_that_are_too_long_are_refused_before_they_are_read() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let owner = app.log_in(Role::Owner).await;
        let long = format!(r#"{{"query":"{}"}}"#, "x".repeat(3_000_000));
        for path in ["/fn/list_customers", "/login"] {
            let request = Request::builder().method(Method::POST).uri(path).header(header::COOKIE, &owner);
            let request = request.header(header::CONTENT_LENGTH, long.len()).body(Body::from(long.clone()));
            assert_eq!(app.send(request.expect("a request")).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        }
        // One that does not say how long it is.
        assert_eq!(app.call("/fn/list_customers", &owner, &long).await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_not_found_with_a_search() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let owner = app.log_in(Role::Owner).await;
        let customer = support::customer("ann@example.com").insert(&db).await;
        let known = format!("/customers/{customer}/nothing");
        for path in [
            "/customers/99999999",
            "/customers/x",
            "/customers/-1",
            "/customers/0",
            "/customers/1.5",
            "/customers/9223372036854775808",
            "/customers/%00",
            "/customers/%FF",
            "/customers/1/orders/2/3",
            &known,
            "/orders/99999999",
            "/orders/x",
            "/orders/99999999999999999999",
            "/settings/nothing",
            "/pkg/clientele.gone.wasm",
            "/scripts/tab-gone.js",
        ] {
            let answer = app.get(path, &owner).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            let asset = path.starts_with("/pkg") || path.starts_with("/scripts");
            assert!(asset || answer.body.contains("action=\"/customers\""), "{path} has a search");
            assert_eq!(answer.header("cache-control"), "no-store", "{path} may be there tomorrow");
        }
        for path in [
            "/customers/99999999/credit/statement.csv",
            "/customers/x/credit/statement.csv",
            "/orders/99999999/csv",
            "/orders/x/csv",
            "/orders/x/print",
            "/orders/99999999/print",
            "/jobs/x/events",
            "/jobs/99999999/events",
            "/locales/xx-1.json",
        ] {
            assert_eq!(app.get(path, &owner).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // A query may be anything.
        let long = "x".repeat(20_000);
        for query in
            ["q=%00%FF%C3%28", "sort=%F0%9F%98%80&after=!!!", "quick=nothing&spent=abc..", "&&&==%", &format!("q={long}")]
        {
            for page in ["/customers", "/orders", "/gift-cards", "/settings/audit", "/login", "/customers/new"] {
                let status = app.get(&format!("{page}?{query}"), &owner).await.status;
                assert!(status == StatusCode::OK, "{page}?{}: {status}", &query[..query.len().min(40)]);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn answers_say_which_build_the_server_is() {
    on_sqlite(|db| async move {
        let app = TestApp::new(&db).await;
        let owner = app.log_in(Role::Owner).await;
        let build = app.get("/version", "").await.body;
        let page = app.get("/customers", &owner).await;
        assert!(!build.is_empty() && page.body.contains(&build), "the page knows its own");
        for answer in [page, app.call("/fn/list_my_jobs", &owner, "{}").await, app.call("/fn/list_my_jobs", "", "{}").await] {
            assert_eq!(answer.header("clientele-build"), build);
        }
    })
    .await;
}
