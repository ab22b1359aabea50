"""A mailbox behind Dovecot: a bounce comes back by mail, and the program reads it over IMAP."""

import email.message
import getpass
import os
import pwd
import shutil
import subprocess
import time
import urllib.parse

USER, PASSWORD = "bounces", "s3cret/:?#"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {internal}
default_login_user = {internal}
first_valid_uid = 1
mail_location = maildir:{folder}/Maildir
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
"""


class Dovecot:
    def __init__(self, folder, certificate, key, port, secure):
        self.folder, self.port, self.secure = f"{folder}/dovecot", port, secure
        os.makedirs(f"{self.folder}/run")
        for part in ("cur", "new", "tmp"):
            os.makedirs(f"{self.folder}/Maildir/{part}")
        # Dovecot reads no mail as root.
        person = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwnam(getpass.getuser())
        with open(f"{self.folder}/users", "w") as file:
            file.write(f"{USER}:{{PLAIN}}{PASSWORD.replace(':', '')}\n")
        with open(f"{self.folder}/dovecot.conf", "w") as file:
            file.write(CONFIG.format(folder=self.folder, internal=person.pw_name, certificate=certificate, key=key, port=port,
                                     secure=secure, uid=person.pw_uid, gid=person.pw_gid))
        self.owner = (person.pw_uid, person.pw_gid)
        self.own()

    def own(self):
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "{}:{}".format(*self.owner), f"{self.folder}/Maildir"], check=True)
            os.chmod(os.path.dirname(self.folder), 0o711)
            os.chmod(self.folder, 0o755)

    def url(self, password=PASSWORD.replace(":", ""), scheme="imaps"):
        port = self.secure if scheme == "imaps" else self.port
        return f"{scheme}://{USER}:{urllib.parse.quote(password, safe='')}@localhost:{port}/INBOX"

    @staticmethod
    def program():
        return shutil.which("dovecot") or shutil.which("/usr/sbin/dovecot")

    def start(self):
        self.process = subprocess.Popen([self.program(), "-F", "-c", f"{self.folder}/dovecot.conf"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def deliver(self, name, content):
        with open(f"{self.folder}/Maildir/tmp/{name}", "wb") as file:
            file.write(content)
        self.own()
        os.rename(f"{self.folder}/Maildir/tmp/{name}", f"{self.folder}/Maildir/new/{name}")

    def flags(self):
        """Name of each mail → its flags, as Maildir writes them."""
        found = {}
        for part in ("new", "cur"):
            for file in os.listdir(f"{self.folder}/Maildir/{part}"):
                name, _, flags = file.partition(":2,")
                found[name] = flags
        return found


def bounce(address, message_id):
    """As mail servers write it (RFC 3464)."""
    return f"""From: MAILER-DAEMON@mx.example
To: news@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

From: news@shop.example
To: {address}
Message-ID: <{message_id}>
Subject: Hello

--b--
""".replace("\n", "\r\n").encode()


def letter():
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "ana@x.example", "news@shop.example", "A question"
    message.set_content("Do you ship to Norway?")
    return message.as_bytes()


def read_mailbox(run, campaign, dovecot):
    """One bounce of ours, one of somebody else's mail, a letter: only the first is taken in and marked as read."""
    (mail, address, message_id), *_ = run.database.rows(
        f"SELECT o.id, o.recipient, o.message_id FROM outbox o WHERE o.campaign_id = {campaign} AND o.state = 'sent' ORDER BY o.id DESC LIMIT 1")
    dovecot.deliver("ours", bounce(address, message_id))
    dovecot.deliver("foreign", bounce("x@y.example", "1.00@shop.example"))
    dovecot.deliver("letter", letter())
    dovecot.start()
    try:
        read_all(run, mail, dovecot)
    finally:
        dovecot.stop()


def read_all(run, mail, dovecot):
    fetch = lambda url: run.shop.command("mail", "fetch", CLIENTELE_MAILBOX_URL=url, CLIENTELE_SMTP_CA=run.server.certificate)
    deadline = time.monotonic() + 30
    while True:
        try:
            said = fetch(dovecot.url())
            break
        except subprocess.CalledProcessError as error:
            assert "refused" in error.stderr and time.monotonic() < deadline, error.stderr
            time.sleep(0.1)
    assert said.startswith("1 reports about our mails taken in, 2 others"), said
    assert run.database.number(f"SELECT COUNT(*) FROM mail_events WHERE mail_id = {mail} AND kind = 'bounced'") == 1
    flags = dovecot.flags()
    assert "S" in flags["ours"] and "S" not in flags["foreign"] and "S" not in flags["letter"], flags
    # Over STARTTLS, and nothing twice.
    assert fetch(dovecot.url(scheme="imap")).startswith("0 reports about our mails taken in, 0 others")
    for url, why in ((dovecot.url("wrong"), "login"), (dovecot.url().replace("/INBOX", "/Nowhere"), "Nowhere"), ("imaps://localhost/", "names nobody")):
        try:
            raise AssertionError(fetch(url))
        except subprocess.CalledProcessError as error:
            assert why in error.stderr and "s3cret" not in error.stderr, error.stderr
    print("  a bounce read from a mailbox behind Dovecot over TLS and STARTTLS; what is no report stays unread")
