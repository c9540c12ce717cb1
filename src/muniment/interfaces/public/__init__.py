"""Pages for anybody: the search of the repertoire; `public:` addresses, one module each."""
