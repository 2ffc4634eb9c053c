// hnswlib on a set of vectors: the peer of our index. It prints what `lookalike bench index --json` prints.
//
//   c++ -O3 -march=native -std=c++17 -pthread hnswlib.cpp -o hnswlib
//   hnswlib SET DIM M EFCONSTRUCTION EF,EF,...
//
// SET is a folder as `lookalike bench index --help` describes it. One thread; CPU time; best of three rounds.
#include <hnswlib/hnswlib.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

constexpr size_t top = 10;

template <class T>
std::vector<T> read_file(const std::string &path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error("cannot open " + path);
    std::vector<T> values(size_t(file.tellg()) / sizeof(T));
    file.seekg(0);
    file.read(reinterpret_cast<char *>(values.data()), std::streamsize(values.size() * sizeof(T)));
    return values;
}

double cpu_seconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

// What this process has in memory; 0 where there is no /proc.
double resident_mb() {
    std::ifstream file("/proc/self/statm");
    double size = 0, resident = 0;
    file >> size >> resident;
    return resident * double(sysconf(_SC_PAGESIZE)) / 1e6;
}

struct Set {
    size_t dim;
    std::vector<float> base, query;
    std::vector<int32_t> truth;

    Set(const std::string &dir, size_t dim)
        : dim(dim), base(read_file<float>(dir + "/base.f32")), query(read_file<float>(dir + "/query.f32")),
          truth(read_file<int32_t>(dir + "/truth.i32")) {}
    size_t rows() const { return base.size() / dim; }
    size_t queries() const { return query.size() / dim; }
    const float *row(size_t i) const { return base.data() + i * dim; }
    const float *question(size_t i) const { return query.data() + i * dim; }
};

// Rows as near as the tenth of the truth count as found: among identical
// vectors, any is right.
size_t hits(const Set &set, hnswlib::InnerProductSpace &space, hnswlib::HierarchicalNSW<float> &index, size_t q) {
    auto distance = space.get_dist_func();
    float tenth = distance(set.question(q), set.row(size_t(set.truth[q * top + top - 1])), space.get_dist_func_param());
    size_t count = 0;
    for (auto found = index.searchKnn(set.question(q), top); !found.empty(); found.pop())
        count += found.top().first <= tenth;
    return count;
}

void search(const Set &set, hnswlib::InnerProductSpace &space, hnswlib::HierarchicalNSW<float> &index, size_t ef) {
    index.setEf(ef);
    double best = std::numeric_limits<double>::infinity();
    size_t found = 0;
    for (int round = 0; round < 3; round++) {
        double start = cpu_seconds();
        found = 0;
        for (size_t q = 0; q < set.queries(); q++) found += hits(set, space, index, q);
        best = std::min(best, cpu_seconds() - start);
    }
    double queries = double(set.queries());
    std::printf("{\"ef\":%zu,\"recall_at_10\":%.6f,\"cpu_us_per_query\":%.3f}\n", ef, double(found) / (top * queries), 1e6 * best / queries);
    std::fflush(stdout);
}

int main(int argc, char **argv) try {
    if (argc != 6) throw std::runtime_error("usage: hnswlib SET DIM M EFCONSTRUCTION EF,EF,...");
    Set set(argv[1], std::stoul(argv[2]));
    size_t m = std::stoul(argv[3]), ef_construction = std::stoul(argv[4]);

    hnswlib::InnerProductSpace space(set.dim);
    double before = resident_mb(), start = cpu_seconds();
    hnswlib::HierarchicalNSW<float> index(&space, set.rows(), m, ef_construction);
    for (size_t i = 0; i < set.rows(); i++) index.addPoint(set.row(i), i);
    std::printf("{\"n\":%zu,\"m\":%zu,\"ef_construction\":%zu,\"build_cpu_s\":%.3f,\"resident_mb\":%.1f}\n", set.rows(), m, ef_construction,
                cpu_seconds() - start, resident_mb() - before);
    std::fflush(stdout);

    std::istringstream efs(argv[5]);
    for (std::string ef; std::getline(efs, ef, ',');) search(set, space, index, std::stoul(ef));
    return 0;
} catch (const std::exception &err) {
    std::cerr << err.what() << "\n";
    return 1;
}
