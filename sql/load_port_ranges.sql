SELECT kind, name, low_port, high_port FROM port_ranges ORDER BY kind DESC, position;
