-- An invoiced order that is cancelled owes nothing any more: what no refund credits, one credit note without a refund does.
DO $$
DECLARE name TEXT;
BEGIN
  SELECT conname INTO STRICT name FROM pg_constraint
    WHERE conrelid = 'invoices'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%refund_id IS NOT NULL%';
  EXECUTE format('ALTER TABLE invoices DROP CONSTRAINT %I', name);
END $$;
ALTER TABLE invoices ADD CHECK (kind = 'credit_note' OR refund_id IS NULL);
CREATE UNIQUE INDEX invoices_cancelled ON invoices (order_id) WHERE kind = 'credit_note' AND refund_id IS NULL;
