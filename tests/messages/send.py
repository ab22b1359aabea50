"""Sends a campaign to 2,000 through a mail server that misbehaves, while the program is killed again and again.

Everybody gets it exactly once, except mails that are in doubt: those are listed, and nobody gets them twice.
"""

import argparse
import base64
import email
import email.policy
import random
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

import dkim

from imap import Dovecot, read_mailbox
from shop import Database, Shop
from sink import PASSWORD, USER, Behaviour, Sink

CUSTOMERS = 2_000
KILLS = 10
# Mails that each connection has under way: `delivery::worker::LANES`.
LANES = 4
# Slow enough that all kills come while it sends, also when another server goes on.
PER_SECOND = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    def __init__(self, program, database, servers, seed):
        self.folder = tempfile.mkdtemp(prefix="clientele-send.")
        self.random = random.Random(seed)
        self.database = Database(database)
        self.seed = seed
        self.key = f"{self.folder}/dkim.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", self.key, "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", self.key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        self.record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
        environment = {"CLIENTELE_MASTER_KEY": "5a" * 32, "CLIENTELE_DKIM_KEY": self.key, "CLIENTELE_DKIM_SELECTOR": "shop",
                       "CLIENTELE_PUBLIC_URL": "https://shop.example/", "CLIENTELE_LOG": "info"}
        self.shops = [Shop(program, self.folder, database, free_port(), environment) for _ in range(servers)]
        self.shop = self.shops[0]

    def prepare(self):
        shop, database = self.shop, self.database
        shop.command("demo", "--dataset", "synthetic", "--customers", str(CUSTOMERS + 100), "--orders", "300", "--seed", "3")
        self.people = [row[0] for row in database.rows("SELECT email FROM customers WHERE anonymised_at IS NULL AND merged_into_id IS NULL ORDER BY id")]
        self.rest = self.people[CUSTOMERS:]
        self.people = self.people[:CUSTOMERS]
        assert len(self.people) == CUSTOMERS
        self.database.execute("UPDATE customers SET marketing_email = TRUE, account_status = 'active', locale = 'en'")
        last = self.rest[0].lower().replace("'", "''")
        self.database.execute(f"UPDATE customers SET marketing_email = FALSE WHERE id >= (SELECT id FROM customers WHERE email_key = '{last}')")
        self.set("retry_seconds", "1")
        self.set("per_second", str(PER_SECOND))
        self.set("stop_after_refusals", "50")
        self.set("from_address", '"news@shop.example"')

    def set(self, name, value):
        self.database.execute(f"INSERT INTO settings (key, value, updated_at) VALUES ('mail.{name}', '{value}', 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value")

    def sink(self, **behaviour):
        self.server = Sink(self.folder, Behaviour(self.seed, **behaviour))
        port = self.server.start()
        self.use_smtp(port, PASSWORD.decode())
        return self.server.handler

    def use_smtp(self, port, password, at_once=False):
        user, password = urllib.parse.quote(USER.decode(), safe=""), urllib.parse.quote(password, safe="")
        server = f"{user}:{password}@localhost:{port}"
        for shop in self.shops:
            shop.environment["CLIENTELE_SMTP_URL"] = f"smtps://{server}" if at_once else f"smtp://{server}?tls=required"
            shop.environment["CLIENTELE_SMTP_CA"] = self.server.certificate

    def campaign(self, name, audience=None, test=None):
        form = {"name": name, "topic": "newsletter", "subject": "Grüße, {{ customer.first_name | default(\"there\") }}!", "preheader": "",
                "layout": "card", "body": "<p>Hello {{ customer.first_name | default(\"there\") }}, señor: 5 € off. <a href=\"https://shop.example/sale?x=1&amp;y=2\">Sale</a></p>", "text": "",
                "audience": {"include": [audience or "everybody"], "exclude": []}, "test": test or {}}
        made = self.shop.call("add_campaign", form=form)
        assert isinstance(made, int), made
        return made

    def wait_for(self, what, seconds):
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, "it took too long"
            time.sleep(0.1)

    def state(self, campaign):
        return self.database.rows(f"SELECT state FROM campaigns WHERE id = {campaign}")[0][0]

    def states(self, campaign):
        return dict((state, int(count)) for state, count in
                    self.database.rows(f"SELECT state, COUNT(*) FROM outbox WHERE campaign_id = {campaign} GROUP BY state"))


def survive(run):
    """The campaign to 2,000, ten kills, and the sums."""
    refused = run.people[100:2000:95]
    handler = run.sink(refused=refused, later=0.04, dropped=0.01, slow=0.06)
    for shop in run.shops:
        shop.start()
    run.shop.log_in()
    campaign = run.campaign("Survivor")
    started = run.shop.call("start_campaign", id=campaign)
    assert started["state"] == "sending", started
    kills = 0
    while kills < KILLS:
        before = sum(len(mails) for mails in handler.accepted.values())
        # Somewhere in the middle of what is being sent.
        run.wait_for(lambda: sum(len(mails) for mails in handler.accepted.values()) > before + 5 or run.state(campaign) == "sent", 120)
        assert run.state(campaign) == "sending", "it was over before the last kill"
        time.sleep(run.random.uniform(0.0, 0.6))
        shop = run.random.choice(run.shops)
        shop.kill()
        kills += 1
        shop.start()
    run.wait_for(lambda: run.state(campaign) == "sent", 180)
    judge(run, campaign, handler, set(refused))
    return campaign, handler


def judge(run, campaign, handler, refused):
    rows = run.database.rows(f"SELECT c.email, o.state, o.why FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE o.campaign_id = {campaign}")
    assert len(rows) == CUSTOMERS and {row[0] for row in rows} == set(run.people), "somebody was missed or added"
    counts = {address: len(mails) for address, mails in handler.accepted.items()}
    twice = {address for address, count in counts.items() if count > 1}
    assert not twice, f"{len(twice)} got it twice: {sorted(twice)[:5]}"
    doubts = {address for address, state, _ in rows if state == "in_doubt"}
    for address, state, why in rows:
        got = counts.get(address, 0)
        if state == "sent":
            assert got == 1, f"{address} is sent and got {got}"
        elif state == "failed":
            assert got == 0 and address in refused and why == "mail.why.refused", (address, why)
        else:
            assert state == "in_doubt" and got <= 1, (address, state, got)
    assert handler.dropped <= doubts, "lines that dropped are in doubt"
    failed = sum(1 for _, state, _ in rows if state == "failed")
    listed, after = [], None
    while True:
        page = run.shop.call("list_campaign_mails", id=campaign, query={"state": "in_doubt", "search": "", "after": after})
        listed += [mail["email"] for mail in page["mails"]]
        if not page["more"]:
            break
        after = page["mails"][-1]["id"]
    assert set(listed) == doubts and len(listed) == len(doubts), "doubts are listed"
    assert len(doubts) <= len(handler.dropped) + KILLS * 4 * LANES * len(run.shops), f"{len(doubts)} are in doubt"
    suppressed = run.database.number("SELECT COUNT(*) FROM suppressions WHERE reason = 'bounced' AND lifted_at = 0")
    assert suppressed == failed >= len(refused) - len(doubts), f"{suppressed} of {failed} are suppressed"
    run.suppressed = suppressed
    in_window = max(sum(1 for other in handler.times if at <= other < at + 1) for at in handler.times)
    assert in_window <= PER_SECOND * 1.7, f"{in_window} mails in a second"
    arrived = sum(1 for address in doubts if counts.get(address))
    print(f"  {CUSTOMERS} mails, {KILLS} kills: {sum(counts.values())} arrived once, {failed} refused, {len(doubts)} in doubt "
          f"({arrived} of these had arrived), none twice; at most {in_window} in a second")


def mime(run, handler):
    """What arrived, read by Python's email package, and its signature by dkimpy."""
    mails = [mails[0] for mails in handler.accepted.values()]
    for index, content in enumerate(mails):
        message = email.message_from_bytes(content, policy=email.policy.SMTP)
        assert not message.defects and message.is_multipart(), message.defects
        assert message.get_content_type() == "multipart/alternative"
        kinds = [part.get_content_type() for part in message.iter_parts()]
        assert kinds == ["text/plain", "text/html"], kinds
        for part in message.walk():
            assert not part.defects, part.defects
        plain, html = (part.get_content() for part in message.iter_parts())
        assert "señor: 5 € off" in plain and "señor: 5 € off" in html and "<html" in html
        assert message["Subject"].startswith("Grüße, "), message["Subject"]
        for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Unsubscribe", "List-Unsubscribe-Post", "DKIM-Signature"):
            assert len(message.get_all(name)) == 1, name
        assert message["Message-ID"].endswith("@shop.example>") and message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert unsubscribe_path(message) and unsubscribe_path(message) in plain
        # Links lead over our own address, one's own for each mail; the one to unsubscribe does not.
        assert html.count("https://shop.example/l/") == 1 and html.count("https://shop.example/o/") == 1 and "shop.example/sale" not in html
        assert unsubscribe_path(message) in html
        if index % 10 == 0:
            ok = dkim.verify(content, dnsfunc=lambda name, timeout=5: run.record if name == b"shop._domainkey.shop.example." else None)
            assert ok, "the signature does not hold"
            assert not dkim.verify(content.replace(b"5 ", b"9 ", 1).replace(b"Gr", b"gr"), dnsfunc=lambda name, timeout=5: run.record)
    assert len({email.message_from_bytes(content)["Message-ID"] for content in mails}) == len(mails)
    print(f"  {len(mails)} mails read by Python's email package, {(len(mails) + 9) // 10} signatures verified by dkimpy")


def unsubscribe_path(message):
    url = message["List-Unsubscribe"].strip("<>")
    assert url.startswith("https://shop.example/unsubscribe/"), url
    return urllib.parse.urlparse(url).path


def one_click(run, handler):
    """As mailbox providers do it: no cookie, no page, one POST."""
    address = next(iter(handler.accepted))
    message = email.message_from_bytes(handler.accepted[address][0], policy=email.policy.SMTP)
    path = unsubscribe_path(message)
    key = address.lower().replace("'", "''")
    agreed = lambda: run.database.number(f"SELECT COUNT(*) FROM customers WHERE email_key = '{key}' AND marketing_email")
    log = lambda: run.database.number(f"SELECT COUNT(*) FROM consents k JOIN customers c ON c.id = k.customer_id WHERE c.email_key = '{key}' AND NOT k.granted AND k.source = 'unsubscribe'")
    plain = lambda path, body=None: ask(run.shop.port, path, body)
    assert plain(path)[0] == 200 and agreed() == 1, "a link that is followed changes nothing"
    last = path[-2]
    tampered = path[:-2] + ("A" if last != "A" else "B") + path[-1]
    for bad in (tampered, path[:-3], path + "x", "/unsubscribe/x"):
        status, text = plain(bad, b"List-Unsubscribe=One-Click")
        assert status == 404 and "does not hold" in text, (bad, status)
    assert agreed() == 1
    for _ in range(2):
        assert plain(path, b"List-Unsubscribe=One-Click")[0] == 200
    assert agreed() == 0 and log() == 1, "it is logged once"
    return address


def ask(port, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def later(run, handler, left):
    """The next campaign leaves out who unsubscribed or bounced; pausing takes effect within a second."""
    run.set("cap_mails", "10")
    for shop in run.shops:
        shop.stop()
        shop.start()
    run.shop.log_in()
    campaign = run.campaign("Second")
    before = {address: len(mails) for address, mails in handler.accepted.items()}
    assert run.shop.call("start_campaign", id=campaign)["state"] == "sending"
    run.wait_for(lambda: run.states(campaign).get("sent", 0) > 50, 60)
    assert run.shop.call("move_campaign", id=campaign, to="pause")["state"] == "paused"
    time.sleep(1)
    count = sum(len(mails) for mails in handler.accepted.values())
    time.sleep(1.5)
    assert sum(len(mails) for mails in handler.accepted.values()) == count, "it goes on though it is paused"
    assert run.shop.call("move_campaign", id=campaign, to="resume")["state"] == "sending"
    run.wait_for(lambda: run.states(campaign).get("sent", 0) > 300, 60)
    assert run.shop.call("move_campaign", id=campaign, to="cancel")["state"] == "cancelled"
    time.sleep(1)
    view = run.shop.call("get_campaign", id=campaign)
    assert view["waterfall"]["no_consent"] >= 1 + len(run.rest) and view["waterfall"]["suppressed"] == run.suppressed, view["waterfall"]
    got = {address for address, mails in handler.accepted.items() if len(mails) > before.get(address, 0)}
    assert left not in got and not got & set(run.people[100:2000:95]), "somebody got it who should not"
    assert all(len(mails) <= before.get(address, 0) + 1 for address, mails in handler.accepted.items())
    assert run.shop.call("move_campaign", id=campaign, to="resume")["status"] == 409
    print(f"  paused, resumed and cancelled after {len(got)} mails; who left or bounced got none")


def subjects(run):
    """A test of two subjects through kills: everybody gets one of them once, and the rest the winner."""
    handler = run.server.handler
    before = {address: len(mails) for address, mails in handler.accepted.items()}
    run.set("per_second", "300")
    run.set("cap_mails", "100")
    for shop in run.shops:
        shop.stop()
        shop.start()
    run.shop.log_in()
    campaign = run.campaign("Two subjects", test={"others": ["Another subject"], "share": 30, "wait_hours": 1, "rule": "hand"})
    assert run.shop.call("start_campaign", id=campaign)["state"] == "sending"
    new = lambda: sum(len(mails) for mails in handler.accepted.values()) - sum(before.values())

    def kill(above):
        run.wait_for(lambda: new() > above, 120)
        shop = run.random.choice(run.shops)
        shop.kill()
        shop.start()

    kill(50)
    kill(200)
    waiting = f"SELECT COUNT(*) FROM outbox WHERE campaign_id = {campaign} AND variant >= 0 AND state IN ('queued', 'claimed', 'handing_over')"
    run.wait_for(lambda: run.database.number(f"SELECT COUNT(*) FROM campaigns WHERE id = {campaign} AND frozen") == 1, 60)
    run.wait_for(lambda: run.database.number(waiting) == 0, 180)
    sample = new()
    time.sleep(1.5)
    assert new() == sample, "the rest does not wait"
    run.shop.log_in()
    chosen = run.shop.call("choose_winner", id=campaign, winner=1)
    assert chosen["test"]["winner"] == 1, chosen
    kill(sample + 50)
    kill(sample + 300)
    run.wait_for(lambda: run.state(campaign) == "sent", 240)
    rows = run.database.rows(f"SELECT c.email, o.state, o.variant FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE o.campaign_id = {campaign}")
    counts = [0, 0]
    for address, state, variant in rows:
        mails = handler.accepted.get(address, [])[before.get(address, 0):]
        assert len(mails) <= 1, f"{address} got {len(mails)}"
        if state == "sent":
            assert len(mails) == 1, f"{address} is sent and got nothing"
        if mails:
            subject = email.message_from_bytes(mails[0], policy=email.policy.SMTP)["Subject"]
            is_b = subject == "Another subject"
            assert is_b == (int(variant) != 0), (address, variant, subject)
            counts[is_b] += 1
    assert min(counts) > 100 and counts[1] > counts[0], counts
    print(f"  a test of subjects through four kills: {counts[0]} got A, {counts[1]} got B, the winner; none twice")


def tls_at_once(run):
    """The same server where TLS begins with the first byte."""
    handler = run.server.handler
    before = {address: len(mails) for address, mails in handler.accepted.items()}
    for shop in run.shops:
        shop.stop()
    run.use_smtp(run.server.tls_controller.port, PASSWORD.decode(), at_once=True)
    for shop in run.shops:
        shop.start()
    run.shop.log_in()
    campaign = run.campaign("TLS at once")
    assert run.shop.call("start_campaign", id=campaign)["state"] == "sending"
    run.wait_for(lambda: run.state(campaign) == "sent", 120)
    states = run.states(campaign)
    got = {address: len(mails) - before.get(address, 0) for address, mails in handler.accepted.items()}
    assert states.get("sent", 0) > CUSTOMERS * 0.9 and not states.get("failed"), states
    assert sum(got.values()) == states["sent"] and max(got.values()) == 1, (states, sum(got.values()))
    print(f"  {states['sent']} mails over TLS from the first byte, none twice")


def wrong_password(run):
    """Nothing is sent, nothing is lost, and one is told why."""
    handler = run.server.handler
    for shop in run.shops:
        shop.stop()
    run.use_smtp(run.server.controller.port, "wrong")
    run.shop.start()
    run.shop.log_in()
    before = sum(len(mails) for mails in handler.accepted.values())
    campaign = run.campaign("Locked out")
    run.shop.call("start_campaign", id=campaign)
    run.wait_for(lambda: run.database.number("SELECT COUNT(*) FROM alerts WHERE kind = 'mail.login' AND resolved_at = 0") == 1, 60)
    states = run.states(campaign)
    assert set(states) <= {"queued", "claimed", "handing_over", "skipped"}, states
    assert sum(len(mails) for mails in handler.accepted.values()) == before
    assert "s3cret" not in open(run.shop.log.name).read() and "wrong@" not in open(run.shop.log.name).read()
    run.shop.call("move_campaign", id=campaign, to="cancel")
    run.shop.stop()
    print("  a wrong password: an alert, nothing sent, nothing lost")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--database", required=True)
    arguments.add_argument("--servers", type=int, default=1)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    arguments = arguments.parse_args()
    print(f"{arguments.database.split(':')[0]}, {arguments.servers} server(s), seed {arguments.seed}")
    run = Run(arguments.program, arguments.database, arguments.servers, arguments.seed)
    try:
        run.prepare()
        campaign, handler = survive(run)
        mime(run, handler)
        left = one_click(run, handler)
        later(run, handler, left)
        subjects(run)
        tls_at_once(run)
        wrong_password(run)
        if Dovecot.program():
            read_mailbox(run, campaign, Dovecot(run.folder, run.server.certificate, run.server.key, free_port(), free_port()))
        else:
            print("  Dovecot is not installed: reading a mailbox was not tested")
    except BaseException:
        for shop in run.shops:
            print(f"--- the end of {shop.log.name} ---")
            print(subprocess.run(["tail", "-n", "25", shop.log.name], capture_output=True, text=True).stdout)
        raise
    finally:
        for shop in run.shops:
            if shop.process and shop.process.poll() is None:
                shop.kill()
        run.server.stop()
    subprocess.run(["rm", "-rf", run.folder], check=False)


main()
