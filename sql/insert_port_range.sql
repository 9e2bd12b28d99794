INSERT INTO port_ranges (kind, position, name, low_port, high_port, revision)
VALUES (:kind, :position, :name, :low_port, :high_port, :revision);
