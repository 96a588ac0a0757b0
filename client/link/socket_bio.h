// What OpenSSL reads and writes through. Its own socket BIO will not do: it raises SIGPIPE, and it asks the
// kernel twice for each record (header, body). This one reads ahead, up to 64 KiB at once, and no more than
// it is allowed to: OpenSSL goes on reading as long as records come that carry no data (key updates), and a
// peer that sends nothing else must not hold the loop.
#ifndef PARLOR_CLIENT_LINK_SOCKET_BIO_H_
#define PARLOR_CLIENT_LINK_SOCKET_BIO_H_

#include <openssl/bio.h>

#include <cstddef>
#include <memory>

namespace parlor::client {

// Does not own the socket, which must be non-blocking. One thread.
class SocketBio {
 public:
  explicit SocketBio(int socket);
  SocketBio(const SocketBio&) = delete;
  SocketBio& operator=(const SocketBio&) = delete;

  // A reference of its own, for SSL_set_bio; this object must outlive the SSL.
  BIO* NewReference();

  // Lets the next read ask the kernel, once; reads that would have to ask again are told to wait.
  void AllowOneReceive() { may_receive_ = true; }

  size_t buffered() const { return end_ - begin_; }
  bool at_eof() const { return at_eof_ && begin_ == end_; }
  int last_error() const { return last_error_; }  // errno; 0 if nothing failed

 private:
  static constexpr size_t kBufferSize = 64 * 1024;

  static const BIO_METHOD* Method();
  static int ReadCallback(BIO* bio, char* into, size_t size, size_t* count);
  static int WriteCallback(BIO* bio, const char* bytes, size_t size, size_t* count);
  static long ControlCallback(BIO* bio, int command, long number, void* pointer);

  // 1 with *count bytes, 0 at the end of the stream, -1 for a failure or (with the retry flag) a wait.
  int Read(BIO* bio, char* into, size_t size, size_t* count);
  bool Fill(BIO* bio);
  int Write(BIO* bio, const char* bytes, size_t size, size_t* count);

  const int socket_;
  const std::unique_ptr<BIO, int (*)(BIO*)> bio_;
  const std::unique_ptr<char[]> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool may_receive_ = false;
  bool at_eof_ = false;
  int last_error_ = 0;
};

}  // namespace parlor::client

#endif  // PARLOR_CLIENT_LINK_SOCKET_BIO_H_
