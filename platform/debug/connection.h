#pragma once

#include <array>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "platform/debug/packet.h"

namespace leyden::debug {

/// One debugger's connection: bytes in and out, packets framed and acknowledged. All work is done
/// while its io_context runs.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(boost::asio::ip::tcp::socket socket);

  void start() { receive(); }
  bool open() const { return open_; }
  void close();
  /// The next packet or Ctrl-C; acknowledgements and retransmissions are dealt with here.
  std::optional<Incoming> next();
  /// Sends a packet. @param payload with binary data escaped
  void send(const std::string& payload);
  void stop_acknowledging() { acknowledges_ = false; }
  /// Whether everything sent has left.
  bool flushed() const { return output_.empty() || !open_; }

 private:
  void receive();
  void transmit();
  void put(const std::string& bytes);

  boost::asio::ip::tcp::socket socket_;
  bool open_ = true;
  bool acknowledges_ = true;
  bool transmitting_ = false;
  PacketReader reader_;
  std::array<char, 4096> input_{};
  std::string output_;  ///< from the first byte that has not left
  std::string last_sent_;
};

}  // namespace leyden::debug
