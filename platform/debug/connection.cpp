#include "platform/debug/connection.h"

#include <boost/asio/buffer.hpp>

namespace leyden::debug {
namespace {

namespace asio = boost::asio;

/// What a debugger that never reads may leave unread.
constexpr std::size_t kMostOutput = std::size_t{1} << 20;

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code ignored;
  // Packets are small and each is waited for.
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::close() {
  if (!open_) return;
  open_ = false;
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Connection::receive() {
  // More is read once what came has been dealt with: a debugger cannot fill the host's memory.
  if (!open_ || reader_.waiting() != 0) return;
  socket_.async_read_some(
      asio::buffer(input_),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        if (error) {
          self->close();
          return;
        }
        self->reader_.feed(self->input_.data(), size);
        self->receive();
      });
}

std::optional<Incoming> Connection::next() {
  while (auto incoming = reader_.next()) {
    if (reader_.waiting() == 0) receive();
    switch (incoming->kind) {
      case Incoming::Kind::kAck:
        continue;
      case Incoming::Kind::kNack:
        if (acknowledges_ && !last_sent_.empty()) put(last_sent_);
        continue;
      case Incoming::Kind::kBadChecksum:
        // Without acknowledgements there is no way to ask for it again.
        if (acknowledges_) {
          put("-");
        } else {
          send("E16");
        }
        continue;
      case Incoming::Kind::kTooLong:
        if (acknowledges_) put("+");
        send("E07");
        continue;
      case Incoming::Kind::kPacket:
        if (acknowledges_) put("+");
        return incoming;
      case Incoming::Kind::kInterrupt:
        return incoming;
    }
  }
  return std::nullopt;
}

void Connection::send(const std::string& payload) {
  last_sent_ = frame(payload);
  put(last_sent_);
}

void Connection::put(const std::string& bytes) {
  if (!open_) return;
  if (output_.size() + bytes.size() > kMostOutput) {
    close();
    return;
  }
  output_ += bytes;
  transmit();
}

void Connection::transmit() {
  if (transmitting_ || output_.empty() || !open_) return;
  transmitting_ = true;
  // The bytes are kept apart: output_ may grow meanwhile.
  auto bytes = std::make_shared<std::string>(output_);
  socket_.async_write_some(
      asio::buffer(*bytes),
      [self = shared_from_this(), bytes](const boost::system::error_code& error, std::size_t size) {
        self->transmitting_ = false;
        if (error) {
          self->close();
          return;
        }
        self->output_.erase(0, size);
        self->transmit();
      });
}

}  // namespace leyden::debug
