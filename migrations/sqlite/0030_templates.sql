-- Templates of mails: those that the program brings as far as somebody changed them, and own ones.
CREATE TABLE mail_templates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- As those who queue mails know it: order_confirmation. Own ones are own_ and a random word.
  name TEXT NOT NULL UNIQUE,
  -- What staff call it; empty for those that the program brings.
  title TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  -- 0: in use.
  retired_at BIGINT NOT NULL DEFAULT 0
);

-- What a template said: the highest number of a language counts, the others can be restored.
CREATE TABLE mail_template_versions (
  template_id BIGINT NOT NULL REFERENCES mail_templates(id),
  locale TEXT NOT NULL,
  number BIGINT NOT NULL CHECK (number > 0),
  -- As the program brings it, also a later program: then the rest is empty.
  builtin BOOLEAN NOT NULL DEFAULT FALSE,
  layout TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL DEFAULT '',
  preheader TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '',
  -- NULL: made from the body.
  plain TEXT,
  made_by BIGINT REFERENCES staff(id),
  made_at BIGINT NOT NULL,
  PRIMARY KEY (template_id, locale, number)
);
