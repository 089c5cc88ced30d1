#include "plane_index.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace neocol::treatment {

namespace {

/// Side of a bin that holds one channel on average.
double mean_spacing(const tissue::Grid& grid, std::size_t n) {
    return std::sqrt(grid.area() / static_cast<double>(std::max<std::size_t>(n, 1)));
}

}  // namespace

PlaneIndex::Direction::Direction(const tissue::Axis& axis, double wanted_bin)
    : start(axis.edges.front()), length(axis.length()), periodic(axis.periodic) {
    n = std::clamp(static_cast<long>(length / wanted_bin), 1L, 4096L);
    bin = length / static_cast<double>(n);
}

long PlaneIndex::Direction::index(double position) const {
    return std::clamp(static_cast<long>((position - start) / bin), 0L, n - 1);
}

double PlaneIndex::Direction::difference(double a, double b) const {
    const double d = std::abs(a - b);
    return periodic ? std::min(d, std::abs(length - d)) : d;
}

PlaneIndex::PlaneIndex(const tissue::Grid& grid, std::span<const Channel> channels)
    : channels_(channels),
      x_(grid.x(), mean_spacing(grid, channels.size())),
      y_(grid.y(), mean_spacing(grid, channels.size())) {
    const auto bin_of = [&](const Channel& channel) {
        return static_cast<std::size_t>(y_.index(channel.y) * x_.n + x_.index(channel.x));
    };
    starts_.assign(static_cast<std::size_t>(x_.n * y_.n) + 1, 0);
    for (const Channel& channel : channels)
        ++starts_[bin_of(channel) + 1];
    for (std::size_t b = 1; b < starts_.size(); ++b)
        starts_[b] += starts_[b - 1];
    members_.resize(channels.size());
    std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
    for (std::size_t i = 0; i < channels.size(); ++i)
        members_[next[bin_of(channels[i])]++] = i;
}

double PlaneIndex::distance(std::size_t i, double x, double y) const {
    return std::hypot(x_.difference(channels_[i].x, x), y_.difference(channels_[i].y, y));
}

std::span<const std::size_t> PlaneIndex::bin(long i, long j) const {
    const auto place = [](long index, const Direction& direction) {
        if (index >= 0 && index < direction.n) return index;
        if (!direction.periodic) return -1L;
        return (index % direction.n + direction.n) % direction.n;
    };
    const long column = place(i, x_), row = place(j, y_);
    if (column < 0 || row < 0) return {};
    const auto b = static_cast<std::size_t>(row * x_.n + column);
    return {members_.data() + starts_[b], starts_[b + 1] - starts_[b]};
}

std::size_t PlaneIndex::nearest(double x, double y) const {
    const long i = x_.index(x), j = y_.index(y);
    const double smallest_bin = std::min(x_.bin, y_.bin);
    std::size_t best = 0;
    double best_distance = std::numeric_limits<double>::infinity();
    // Squares of bins around (x, y); what lies outside square k is at least k bins away.
    for (long k = 0; k <= std::max(x_.n, y_.n); ++k) {
        for (long dj = -k; dj <= k; ++dj) {
            const long step = std::abs(dj) == k ? 1 : std::max(2 * k, 1L);
            for (long di = -k; di <= k; di += step)
                for (const std::size_t member : bin(i + di, j + dj)) {
                    const double d = distance(member, x, y);
                    if (d < best_distance || (d == best_distance && member < best)) {
                        best = member;
                        best_distance = d;
                    }
                }
        }
        if (best_distance <= static_cast<double>(k) * smallest_bin) break;
    }
    return best;
}

void PlaneIndex::near(double x, double y, double reach, std::vector<std::size_t>& members) const {
    members.clear();
    const auto bins = [&](const Direction& direction) {
        return std::min(static_cast<long>(reach / direction.bin) + 1, direction.n);
    };
    const long i = x_.index(x), j = y_.index(y);
    const long reach_x = bins(x_), reach_y = bins(y_);
    for (long dj = -reach_y; dj <= reach_y; ++dj)
        for (long di = -reach_x; di <= reach_x; ++di)
            for (const std::size_t member : bin(i + di, j + dj))
                members.push_back(member);
}

}  // namespace neocol::treatment
