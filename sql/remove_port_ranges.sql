DELETE FROM port_ranges;
