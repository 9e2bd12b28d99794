#include "probe/linux_port_probe.h"

#include <cerrno>
#include <utility>

#include "probe/bind_check.h"
#include "probe/errno_text.h"
#include "probe/listener_table.h"
#include "probe/socket_owner.h"

namespace pm {
namespace {

std::string refusal(const PortKey& key, int error) {
  const std::string place = key.host + ":" + to_string(key.port);
  if (error == EADDRINUSE) return place + " is in use";
  return place + " cannot be bound: " + errno_text(error);
}

}  // namespace

BindCheck LinuxPortProbe::check(const PortKey& key) {
  if (!is_local(key)) return {Bindable::not_applicable, {}, std::nullopt};
  BindAttempt attempt;
  {
    const std::lock_guard lock(own_sockets_);
    attempt = try_bind(key.protocol, key.port);
  }
  if (attempt.result != Bindable::no) return {attempt.result, {}, std::nullopt};
  BindCheck answer{Bindable::no, refusal(key, attempt.error), std::nullopt};
  if (attempt.error == EADDRINUSE) answer.listener = first_listener(key);
  return answer;
}

std::optional<Listener> LinuxPortProbe::listener(const PortKey& key) {
  if (!is_local(key)) return std::nullopt;
  return first_listener(key);
}

std::optional<Listener> LinuxPortProbe::first_listener(const PortKey& key) {
  auto entries = [&] {
    const std::lock_guard lock(own_sockets_);
    return dump_listeners(key.protocol, key.port);
  }();
  if (!entries || entries->empty()) return std::nullopt;
  auto& first = entries->front();
  auto owners = find_owners({first.inode});
  if (const auto owner = owners.find(first.inode); owner != owners.end()) {
    first.listener.pid = owner->second.pid;
    first.listener.process = std::move(owner->second.name);
  }
  return std::move(first.listener);
}

}  // namespace pm
