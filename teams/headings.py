"""How companies head the columns that many of their files have: in English, Russian and Ukrainian, first as people would type it."""

from cotano.jobs.cells import spellings

REP = spellings(
    """
    rep code, rep no, rep number, rep id, rep, representative code, representative number, representative id, consultant code,
    consultant number, consultant id, distributor code, distributor id, member code, member id, partner code, partner id, account number,
    код представителя, номер представителя, № представителя, представитель, код консультанта, номер консультанта, консультант,
    код партнера, номер партнера, код дистрибьютора, номер дистрибьютора, табельный номер,
    код представника, номер представника, № представника, представник, код консультантки, номер консультантки, код дистриб'ютора,
    номер дистриб'ютора, табельний номер
    """
)
NAME = spellings(
    """
    name, full name, rep name, representative name, фио, ф.и.о., имя, полное имя, имя и фамилия, фамилия и имя, фамилия имя,
    фамилия имя отчество, имя представителя, фио представителя, піб, п.і.б., ім'я, повне ім'я,
    ім'я та прізвище, прізвище та ім'я, прізвище ім'я, прізвище ім'я по батькові, ім'я представника, піб представника
    """
)
PHONE = spellings(
    """
    phone, phone number, telephone, tel, mobile, mobile phone, cell phone, телефон, номер телефона, тел., моб., моб. телефон,
    мобильный, мобильный телефон, контактный телефон, номер телефону, мобільний, мобільний телефон, контактний телефон
    """
)
EMAIL = spellings(
    """
    email, e-mail, mail, e-mail address, почта, электронная почта, эл. почта, адрес электронной почты, имейл, пошта, електронна пошта,
    ел. пошта, електронна адреса, адреса електронної пошти, імейл
    """
)
TERRITORY = spellings(
    """
    territory code, territory, area code, area, district, код территории, территория, номер территории, код района, район, участок,
    код території, територія, номер території, код району, дільниця
    """
)
MARKET = spellings("market, market code, country, рынок, код рынка, страна, ринок, код ринку, країна")
CALENDAR = spellings("calendar, calendar code, mail plan, календарь, код календаря, мейл-план, почтовый план, календар, поштовий план")
LANGUAGE = spellings("language, lang, язык, мова")
CURRENCY = spellings("currency, currency code, валюта, код валюты, код валюти")
YEAR = spellings("year, campaign year, год, год кампании, рік, рік кампанії")
CAMPAIGN = spellings(
    """
    campaign, campaign number, campaign no, period, catalogue, catalog, кампания, номер кампании, № кампании, каталог, номер каталога,
    период, кампанія, номер кампанії, № кампанії, номер каталогу, період
    """
)
ACTIVE = "active, current, активный, активная, активен, активна, действующий, действующая, активний, діючий, діюча, чинний, чинна"
REMOVED = """
    removed, terminated, deleted, удален, удалена, удаленный, удаленная, исключен, исключена, вилучений, вилучена, вилучено, видалений,
    видалена, видалено, виключений, виключена
"""
LANGUAGES = {  # as a cell may say them, beside the code
    "en": "english, eng, английский, англ., англійська",
    "ru": "russian, rus, русский, рус., російська, рос.",
    "uk": "ukrainian, ukr, ua, украинский, укр., українська",
}
