#pragma once

#include <string>

#include "app/restart_agent.h"
#include "upstream/upstream_channel.h"

namespace pm {

/// Has Hub restart services. It has said yes when it answers 2xx, unless the answer is JSON with a
/// member "success" other than true. While Hub's circuit is open it is not asked. Thread-safe.
class HubRestart final : public RestartAgent {
 public:
  /// `channel` outlives it. In `path`, "{service_id}" stands for the id.
  HubRestart(UpstreamChannel& channel, std::string path)
      : channel_(channel), path_(std::move(path)) {}

  RestartReply restart(const std::string& service_id) override;

 private:
  UpstreamChannel& channel_;
  const std::string path_;
};

}  // namespace pm
