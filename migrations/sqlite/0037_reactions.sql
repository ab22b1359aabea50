-- What recipients do with the mails of campaigns, and the orders that follow.

-- Where the links of a campaign lead; written when its mails are.
CREATE TABLE campaign_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_id BIGINT NOT NULL REFERENCES campaigns(id) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  -- As it was written: it may have variables in it.
  target TEXT NOT NULL,
  UNIQUE (campaign_id, position)
);

-- Opens (link 0) and clicks of one mail, counted: people's and machines' apart.
CREATE TABLE mail_reactions (
  mail_id BIGINT NOT NULL REFERENCES outbox(id) ON DELETE CASCADE,
  link_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL REFERENCES campaigns(id),
  customer_id BIGINT NOT NULL REFERENCES customers(id) ON DELETE CASCADE,
  times BIGINT NOT NULL,
  machine_times BIGINT NOT NULL,
  -- By people; 0: never.
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  machine_at BIGINT NOT NULL,
  PRIMARY KEY (mail_id, link_id)
);
CREATE INDEX mail_reactions_campaign ON mail_reactions (campaign_id, link_id, mail_id, times);
CREATE INDEX mail_reactions_customer ON mail_reactions (customer_id, last_at);

-- Orders that a campaign led to: each order belongs to one campaign at most.
CREATE TABLE campaign_orders (
  order_id BIGINT NOT NULL PRIMARY KEY REFERENCES orders(id) ON DELETE CASCADE,
  campaign_id BIGINT NOT NULL REFERENCES campaigns(id),
  -- What came last before it, and when.
  touch TEXT NOT NULL CHECK (touch IN ('clicked','opened')),
  touched_at BIGINT NOT NULL
);
CREATE INDEX campaign_orders_campaign ON campaign_orders (campaign_id, order_id);

-- How far orders were looked through: the one row says the last of them.
CREATE TABLE campaign_orders_seen (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  placed_at BIGINT NOT NULL,
  order_id BIGINT NOT NULL
);
