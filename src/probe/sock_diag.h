#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "domain/error.h"
#include "probe/raw_socket.h"
#include "probe/socket_query.h"

struct mnl_socket;
struct nlmsghdr;

namespace pm {

/// Dumps of the kernel's socket tables by sock_diag(7), over one netlink socket that stays open
/// from dump to dump; the kernel does the filtering. After an error the next dump opens a new one.
/// Sees the network namespace in which the socket was opened. Not thread-safe.
class SockDiag {
 public:
  SockDiag();
  ~SockDiag();
  SockDiag(const SockDiag&) = delete;
  SockDiag& operator=(const SockDiag&) = delete;

  /// Appends what the query asks for. `internal` with the reason, and nothing appended, when the
  /// kernel refuses or the dump was disturbed again and again.
  /// Listeners that are being closed are left out.
  Expected<void> listeners(const SocketQuery& query, std::vector<RawSocket>& into);
  Expected<void> connections(const SocketQuery& query, std::vector<RawConnection>& into);

 private:
  using Take = int (*)(const nlmsghdr*, void*);

  struct CloseSocket {
    void operator()(mnl_socket* socket) const;
  };
  // libmnl's documentation asks for 32 KiB, so that the kernel can fill whole batches.
  struct alignas(std::max_align_t) Buffer : std::array<char, 32768> {};

  template <typename Row>
  Expected<void> dump(const SocketQuery& query, Take take, std::vector<Row>& into);
  int open();
  int send_request(const SocketQuery& query);
  int run(const SocketQuery& query, Take take, void* data);

  std::unique_ptr<mnl_socket, CloseSocket> socket_;
  std::unique_ptr<Buffer> buffer_;
  unsigned int sequence_{0};
};

}  // namespace pm
