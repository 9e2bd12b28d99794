#include "domain/learned_identity.h"

namespace pm {

bool LearnedIdentity::is_process(const Listener& listener, const std::string& present_boot) const {
  if (boot_id != present_boot) return false;
  if (pid != 0 && listener.pid != 0) {
    return pid == listener.pid && start_ticks == listener.start_ticks;
  }
  return inode != 0 && inode == listener.inode;
}

}  // namespace pm
