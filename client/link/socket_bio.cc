#include "client/link/socket_bio.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace parlor::client {

SocketBio::SocketBio(int socket)
    : socket_(socket),
      bio_(BIO_new(Method()), &BIO_free),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {
  if (bio_ == nullptr) throw std::bad_alloc();
  BIO_set_data(bio_.get(), this);
  BIO_set_init(bio_.get(), 1);
}

BIO* SocketBio::NewReference() {
  BIO_up_ref(bio_.get());
  return bio_.get();
}

const BIO_METHOD* SocketBio::Method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parlor socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read_ex(made, &ReadCallback);
    BIO_meth_set_write_ex(made, &WriteCallback);
    BIO_meth_set_ctrl(made, &ControlCallback);
    return made;
  }();
  return method;
}

int SocketBio::ReadCallback(BIO* bio, char* into, size_t size, size_t* count) {
  return static_cast<SocketBio*>(BIO_get_data(bio))->Read(bio, into, size, count);
}

int SocketBio::WriteCallback(BIO* bio, const char* bytes, size_t size, size_t* count) {
  return static_cast<SocketBio*>(BIO_get_data(bio))->Write(bio, bytes, size, count);
}

long SocketBio::ControlCallback(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<SocketBio*>(BIO_get_data(bio))->at_eof() ? 1 : 0;
  return 0;
}

int SocketBio::Read(BIO* bio, char* into, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  *count = 0;
  if (begin_ == end_ && !Fill(bio)) return at_eof_ ? 0 : -1;
  *count = std::min(size, end_ - begin_);
  std::memcpy(into, buffer_.get() + begin_, *count);
  begin_ += *count;
  return 1;
}

bool SocketBio::Fill(BIO* bio) {
  if (!std::exchange(may_receive_, false)) {
    BIO_set_retry_read(bio);
    return false;
  }
  ssize_t received = 0;
  do {
    received = ::recv(socket_, buffer_.get(), kBufferSize, 0);
  } while (received < 0 && errno == EINTR);
  if (received > 0) {
    begin_ = 0;
    end_ = static_cast<size_t>(received);
    return true;
  }
  if (received == 0) {
    at_eof_ = true;
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    BIO_set_retry_read(bio);
  } else {
    last_error_ = errno;
  }
  return false;
}

int SocketBio::Write(BIO* bio, const char* bytes, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  *count = 0;
  ssize_t sent = 0;
  do {
    sent = ::send(socket_, bytes, size, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) {
    *count = static_cast<size_t>(sent);
    return 1;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    BIO_set_retry_write(bio);
  } else {
    last_error_ = errno;
  }
  return -1;
}

}  // namespace parlor::client
