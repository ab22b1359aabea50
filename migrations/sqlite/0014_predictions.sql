-- What the models of future purchases were fitted to: a row for each night.
CREATE TABLE prediction_fits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  fitted_at BIGINT NOT NULL,
  day BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('fitted','too_few','failed')),
  -- Customers with a completed order, and those who bought on more than one day.
  customers BIGINT NOT NULL,
  repeat_customers BIGINT NOT NULL,
  -- JSON: the parameters and log-likelihoods of both models.
  parameters TEXT NOT NULL
);
