"""Private names: what people call themselves in a comment.

A Chinese name after "我叫" begins with one of the usual family names, or ends where the clause ends; verbs and
pronouns that follow 叫 in its other senses (to shout, to order) are no names.
"""

_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔"
    "伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙"
    "鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边姬"
)
_HAN = r"[\u4e00-\u9fff]"
_ENDS = r"(?=[,.!?~;:，。！？～、；…\s)）\"”]|$)"
_GOES_ON = r"(?=今年|来自|是|在|喜欢|住|我|很|也|和|就读|现|目前|from)"
_OTHER_SENSES = (
    r"(?!某人|[你他她它我您咱了啥不别谁的醒住来去做这那个到停车人爸妈哥姐啊吧呢着过破嚣苦好])"
    r"(?!大家|什么|外卖|滴滴|老公|老婆|一声|几声|救命|出声|出来|起来)"
)
_CALLED = r"(?:我(?:的名字)?(?:就)?叫(?:做|作)?|我的?(?:名字|大名|真名|姓名)(?:是|叫)|姓名\s?:)\s?"
_NOT_A_NAME = r"(?!(?:someone|not|in|on|the|what|so|a|an|like|because|going|just|here|nobody|written|all)\b)"
_CAPITALISED = (
    r"(?-i:(?!(?:New|Here|Just|Not|So|From|The|In|At|On|Your|My|Very|Really|Also|Still|Crying|Listening|Back|Only)\b)"
    r"[A-Z][a-z'\-]{1,15}(?:\s[A-Z][a-z'\-]{1,15})?)"
)

PATTERNS = (
    rf"{_CALLED}{_OTHER_SENSES}([{_FAMILY}]{_HAN}{{1,2}}?)(?:{_ENDS}|{_GOES_ON})",
    rf"{_CALLED}{_OTHER_SENSES}({_HAN}{{1,4}}){_ENDS}",
    rf"本人([{_FAMILY}]{_HAN}{{1,2}}){_ENDS}",
    rf"我是([{_FAMILY}]{_HAN}{{1,2}})(?=[,，]\s?(?:来自|今年|家住|住在|目前|就读))",
    rf"(?:大家好|你好|您好)[,，!！~]?\s?我是([{_FAMILY}]{_HAN}{{1,2}}){_ENDS}",
    r"\b(?:my (?:real |full |first )?name(?:'s|’s| is)|i(?:'m|’m| am) called|(?:people|friends) call me)\s"
    rf"{_NOT_A_NAME}([a-z][a-z'\-]{{1,20}}(?-i:(?:\s[A-Z][a-z'\-]{{1,20}}){{0,2}}))",
    rf"\b(?:hi|hello|hey)(?: (?:all|guys|everyone|everybody|there|folks))?[,!]? "
    rf"(?:i'm|i’m|i am|this is) ({_CAPITALISED})",
    rf"\b(?-i:[Nn]ame)\s?:\s?({_CAPITALISED})",
    rf"\b(?-i:I'm|I’m|I am|i'm|im|i am|this is)\s({_CAPITALISED})(?=\s(?:from\b|here from\b|and I'm \d)|, \d)",
)
"""Regular expressions with one group, the name; upper or lower case unless they say otherwise."""
