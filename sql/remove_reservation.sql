DELETE FROM reservations WHERE host = :host AND protocol = :protocol AND port = :port;
