#include "probe/raw_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace pm {

std::string address_text(int family, const AddressWords& words) {
  in6_addr address{};
  std::memcpy(&address, words.data(), sizeof address);
  const bool mapped = family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address);
  const void* bytes = mapped ? &address.s6_addr[12] : &address.s6_addr[0];
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(mapped ? AF_INET : family, bytes, text.data(), text.size());
  return text.data();
}

std::string endpoint_text(int family, const AddressWords& words, std::uint16_t port) {
  std::string address = address_text(family, words);
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  return address + ":" + (port == 0 ? "*" : std::to_string(port));
}

}  // namespace pm
