#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "app/service_directory.h"

namespace pm {

struct HubDirectoryOptions {
  /// The Hub's base address, http or https, perhaps with a path of its own; "": there is no Hub.
  std::string hub_url;
  std::string path{"/api/v1/services/discover"};  ///< of the list, below hub_url
  std::chrono::milliseconds timeout{5000};        ///< of a whole call; at least 1 ms
};

/// The Hub's list of services, fetched by libcurl at each call. What is read of it:
/// service_list.h; an answer over 1 MiB is refused. Messages are sentences that name the Hub's URL,
/// without a password in it, and the next step. Thread-safe: but for being stopped it never changes
/// after construction, and each call has a libcurl handle of its own (see http_call.h).
class HubDirectory final : public ServiceDirectory {
 public:
  explicit HubDirectory(HubDirectoryOptions options) : options_(std::move(options)) {}

  bool is_configured() const override { return !options_.hub_url.empty(); }
  /// Without a Hub: no services.
  Expected<std::vector<ListedService>> services() override;

  /// Ends every call, those under way within about a second; they and all later ones are
  /// `service_unreachable`. For the end of the program.
  void stop() { stopped_ = true; }

 private:
  const HubDirectoryOptions options_;
  std::atomic<bool> stopped_{false};
};

}  // namespace pm
