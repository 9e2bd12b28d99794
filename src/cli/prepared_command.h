#pragma once

#include <memory>

#include "cli/command.h"
#include "cli/session.h"

namespace pm {

/// One command made ready: to be parsed, or to be described.
struct PreparedCommand {
  explicit PreparedCommand(const Command& command);
  PreparedCommand(const PreparedCommand&) = delete;
  PreparedCommand& operator=(const PreparedCommand&) = delete;
  ~PreparedCommand();

  std::unique_ptr<CLI::App> app;  ///< it writes into `common` and into what the action reads
  CommonOptions common;
  Action action;
};

}  // namespace pm
