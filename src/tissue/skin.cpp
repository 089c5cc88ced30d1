#include <neocol/tissue/skin.hpp>

namespace neocol::tissue {

double Skin::thickness() const {
    double sum = 0.0;
    for (const Layer& layer : layers)
        sum += layer.thickness;
    return sum;
}

double Skin::coarse_from() const {
    if (layers.empty() || !layers.back().coarse) return 0.0;
    double depth = thickness();
    for (auto layer = layers.rbegin(); layer != layers.rend() && layer->coarse; ++layer)
        depth -= layer->thickness;
    return layers.front().coarse ? 0.0 : depth;
}

}  // namespace neocol::tissue
