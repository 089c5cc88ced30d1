#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <neocol/core/error.hpp>

/// Files so that nothing is lost, and nothing taken for what it is not.
///
/// Reading: what cannot be read never counts as absent or empty. Writing: every return value is
/// checked, what stands under a final name was compared with memory, and it and its name are on the
/// disk. Calls that a signal interrupts go on. Every failure is an IoError with path and reason.
namespace neocol::files {

/// Most bytes a text is read with, unless its reader says otherwise.
inline constexpr std::size_t most_text_bytes = std::size_t{64} << 20;

/// A call of the system that failed. It says nothing of what the file holds: whoever takes damage
/// for a reason to do without a file does not take this for one.
class CallError : public IoError {
public:
    /// \param number  errno
    CallError(std::string path, std::string_view what, int number);
    int number;
};

enum class Kind { absent, regular, folder, special };

/// What stands at a path, links followed. \throws IoError  it cannot be told (no permission, a disk
/// error, a stale handle)
Kind kind_of(const std::string& path);

/// Names in a folder, sorted; none in one that is not there. \throws IoError  it cannot be listed
std::vector<std::string> names_in(const std::string& folder);

/// Makes a folder and those above it where they are missing. \throws IoError
void make_folders(const std::string& folder);

/// Whether the name itself is a symbolic link. \throws IoError  it cannot be told
bool is_link(const std::string& path);

/// Owns a descriptor of a file.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int value) : value_(value) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;

    int get() const { return value_; }
    explicit operator bool() const { return value_ >= 0; }
    /// Gives the descriptor up to the caller.
    int release() { return std::exchange(value_, -1); }
    /// \throws IoError  what was written may not have reached the file
    void close(const std::string& path);

private:
    int value_ = -1;
};

/// A regular file opened for reading. \throws IoError  absent, no permission, a folder, a device or
/// a pipe (which is not waited for)
Descriptor open_to_read(const std::string& path);

/// Size of an open file [byte].
std::uint64_t size_of(const Descriptor& file, const std::string& path);

/// Bytes [offset, offset + n) of an open file. \throws IoError  it ends before, or cannot be read
std::string read_at(const Descriptor& file, const std::string& path, std::uint64_t offset,
                    std::size_t n);

/// A regular file, whole. \throws IoError  absent, unreadable, not regular, or of more than `most`
/// bytes
std::string read(const std::string& path, std::size_t most = most_text_bytes);

/// The same; nothing only where no file of this name exists. \throws IoError
std::optional<std::string> read_if_there(const std::string& path,
                                         std::size_t most = most_text_bytes);

/// What the kernel says in a file of /proc or /sys; empty where it says nothing, or the file is not
/// there. Of such files nobody knows the size before.
std::string read_of_kernel(const std::string& path);

/// A file written beside its name and put there by `commit`.
///
/// Until then the name keeps what it had; without `commit` nothing is left.
class NewFile {
public:
    /// \param mode  permissions, less the umask
    /// \throws IoError
    explicit NewFile(std::string path, unsigned mode = 0666);
    ~NewFile();
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    void append(std::string_view bytes);
    /// Compares what the file holds with what was appended, brings it to the disk, renames it into
    /// place and brings its name to the disk. \throws IoError
    void commit();
    /// After a commit that failed: takes the file away that may not outlive a power failure, where
    /// it was put into place. \pre no file of the name was there
    void withdraw() noexcept;
    const std::string& temporary() const { return temporary_; }

private:
    std::string path_, temporary_;
    Descriptor file_;
    std::string buffer_;
    std::uint64_t n_bytes_ = 0;
    std::uint64_t sum_;  ///< of what was appended
    bool done_ = false;
    void flush();
};

/// Writes a file in one move. \throws IoError  the file of before stands
void write(const std::string& path, std::string_view bytes, unsigned mode = 0666);

/// Writes a copy of a file in one move. \throws IoError  what had the name stands
void copy(const std::string& from, const std::string& to);

/// A file that grows at its end. Nothing is safe before `sync`.
class AppendFile {
public:
    explicit AppendFile(std::string path);

    std::uint64_t size() const { return size_; }
    void append(std::string_view bytes);
    /// Drops what stands after `size`. \throws IoError
    void cut(std::uint64_t size);
    void sync();
    /// \throws IoError
    void close();

private:
    std::string path_;
    Descriptor file_;
    std::uint64_t size_ = 0;
};

/// Brings a file's bytes, or a folder's names, to the disk. Folders of file systems that do not
/// know how are left. \throws IoError
void sync(const std::string& path);
void sync_folder(const std::string& folder);
void sync_folder_of(const std::string& path);

/// Gives a file another name, replacing what has it, and brings the names to the disk.
void rename(const std::string& from, const std::string& to);

/// Takes a file away if it is there. \throws IoError  it is there and cannot be taken away
void remove(const std::string& path);

/// A text with a first line that names its kind and digest, `# neocol KIND sha256 HEX`.
///
/// A reader checks the digest before anything parses the text, so that a flipped bit or an edited
/// digit is never another value. It proves no good will: anybody can make one.
std::string sealed(std::string_view kind, std::string_view text);

/// The text below the line. \throws IoError  it is not as neocol wrote it
std::string unsealed(std::string_view kind, std::string_view bytes, const std::string& path);

}  // namespace neocol::files
