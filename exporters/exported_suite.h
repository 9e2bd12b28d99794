#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/address_book.h"
#include "app/export_formats.h"
#include "domain/registry.h"

namespace pm {

/// A registered service as the formats show it. Texts are UTF-8 without NUL.
struct ExportedService {
  std::string service_id;
  std::string name;  ///< free text: it may have quotes, line breaks, anything
  std::string category;
  std::string health_endpoint;  ///< printable ASCII without spaces, begins with a slash
  std::string host;             ///< where the reader of the file reaches it; an IPv6 one is bare
  std::optional<PortKey> key;   ///< unset: it has no port
  std::string holder;           ///< of a contested port, the service that had it first; else ""

  bool is_udp() const { return key && key->protocol == Protocol::udp; }
  /// The number; 0 without a port.
  int port() const { return key ? key->port.value() : 0; }
  /// "127.0.0.1:8000", "[fd00::7]:8000"
  std::string address() const;
  /// "http://127.0.0.1:8000"
  std::string url() const { return "http://" + address(); }
};

/// What every format is made from: the registry at one revision, seen from the scope's side.
struct ExportedSuite {
  std::int64_t revision{0};
  Timestamp at;                           ///< when it was asked for
  std::vector<ExportedService> services;  ///< of the scope, by id
  std::vector<std::string> all_ids;       ///< of every registered service, sorted
};

/// Errors as ExportFormats::render; out_of_bounds too when a service's address is no host, which
/// the configured host pattern can cause.
Expected<ExportedSuite> exported_suite(const Registry& registry, const AddressBook& addresses,
                                       const ExportScope& scope, Timestamp at);

/// A service that a format has no place for, and why, as a clause.
struct LeftOut {
  std::string service_id;
  std::string why;
};

/// The services that a format takes, in their order, and those that it leaves out.
struct Selection {
  std::vector<const ExportedService*> taken;
  std::vector<LeftOut> left_out;
};

/// What leads a client to a service: those that have a port which nobody had before them, by TCP
/// unless `udp_too`. A contested port would lead to its first holder instead.
Selection reachable(const ExportedSuite& suite, bool udp_too);
/// Those that have a port, whatever else is true of it.
Selection with_port(const ExportedSuite& suite);

}  // namespace pm
