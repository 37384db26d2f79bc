-- A mirror as one would write it in PL/pgSQL.
CREATE FUNCTION trigger_v1.mirror_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM trigger_v2.orders WHERE id = OLD.id;
  ELSE
    INSERT INTO trigger_v2.orders (id, customer, state, amount, placed_at, note)
    VALUES (NEW.id, NEW.customer, upper(NEW.status), NEW.amount, NEW.placed_at, NEW.note)
    ON CONFLICT (id) DO UPDATE SET customer = EXCLUDED.customer, state = EXCLUDED.state, amount = EXCLUDED.amount,
      placed_at = EXCLUDED.placed_at, note = EXCLUDED.note;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER mirror AFTER INSERT OR UPDATE OR DELETE ON trigger_v1.orders
  FOR EACH ROW EXECUTE FUNCTION trigger_v1.mirror_orders();
CREATE FUNCTION trigger_v1.mirror_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM trigger_v2.events WHERE id = OLD.id;
  ELSE
    INSERT INTO trigger_v2.events (id, order_id, type, amount, happened_at)
    VALUES (NEW.id, NEW.order_id, upper(NEW.kind), NEW.amount, NEW.happened_at)
    ON CONFLICT (id) DO UPDATE SET order_id = EXCLUDED.order_id, type = EXCLUDED.type, amount = EXCLUDED.amount,
      happened_at = EXCLUDED.happened_at;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER mirror AFTER INSERT OR UPDATE OR DELETE ON trigger_v1.events
  FOR EACH ROW EXECUTE FUNCTION trigger_v1.mirror_events();
