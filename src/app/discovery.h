#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/kernel_watch.h"
#include "app/service_directory.h"
#include "app/store.h"

namespace pm {

/// A service that somebody knows of.
struct Discovered {
  std::string service_id;
  std::string name;
  std::string host;
  std::optional<Port> port;  ///< the assigned one of a registered service, else where it was found
  bool registered{false};
  bool running{false};               ///< it listens on this host, as itself
  std::vector<std::string> sources;  ///< of "registry", "hub" and "listener", in this order
  std::optional<Listener> listener;
};

/// Everybody's view of the suite in one list: the registry's services, Hub's, and the listeners of
/// this host that answer /health with a service id. Those that are not registered are offered, not
/// taken over. Thread-safe.
class Discovery {
 public:
  Discovery(const Store& store, KernelWatch& watch, ServiceDirectory& hub)
      : store_(store), watch_(watch), hub_(hub) {}

  struct Found {
    std::vector<Discovered> services;   ///< by service_id
    std::vector<std::string> warnings;  ///< of the sources that could not be asked, a sentence each
    std::int64_t revision{0};
  };
  /// Looks at the kernel and asks Hub; blocks as long as that takes.
  Found discover();

 private:
  const Store& store_;
  KernelWatch& watch_;
  ServiceDirectory& hub_;
};

}  // namespace pm
