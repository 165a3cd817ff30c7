def as_app(make):
    return make()
