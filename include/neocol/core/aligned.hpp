#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace neocol {

/// Voxels that every kernel treats together; rows are padded to a multiple of it.
inline constexpr std::size_t lanes = 8;

/// Alignment of state and workspaces [bytes]: one cache line, one AVX-512 register.
inline constexpr std::size_t alignment = 64;

/// Smallest multiple of `lanes` that holds n.
constexpr std::size_t padded(std::size_t n) {
    return (n + lanes - 1) / lanes * lanes;
}

/// Allocator for arrays that vector loads may read.
template <typename T>
struct AlignedAllocator {
    using value_type = T;
    AlignedAllocator() = default;
    template <typename U>
    AlignedAllocator(const AlignedAllocator<U>&) {}
    T* allocate(std::size_t n) {
        return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{alignment}));
    }
    void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{alignment}); }
    bool operator==(const AlignedAllocator&) const { return true; }
};

using AlignedVector = std::vector<double, AlignedAllocator<double>>;

}  // namespace neocol
