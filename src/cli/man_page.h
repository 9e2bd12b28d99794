#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace pm {

/// The manual page portmanager(1) as roff for man(7), made from what help is made from.
std::string man_page(const std::vector<Command>& commands, const std::string& version);

}  // namespace pm
